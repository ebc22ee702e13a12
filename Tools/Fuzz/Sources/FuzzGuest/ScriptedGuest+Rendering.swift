import Display
import FuzzSupport
import VirtioGPU
import Wire

/// Requests about blobs, contexts and what is drawn in them.
extension ScriptedGuest {
  func renderingRequest() -> [UInt8] {
    switch choices.below(16) {
    case 0: request(GetCapsetInfo(index: choices.oneIn(4) ? choices.word() : UInt32(choices.below(3))))
    case 1:
      request(GetCapset(id: UInt32(choices.below(6)), version: choices.oneIn(4) ? choices.word() : 1))
    case 2, 3: createContext()
    case 4: request(ContextDestroy(), in: context())
    case 5: request(ContextAttachResource(resourceID: resource()), in: context())
    case 6: request(ContextDetachResource(resourceID: resource()), in: context())
    case 7: createTexture()
    case 8:
      choices.oneIn(2)
        ? request(TransferFromHost3D(transfer()), in: context())
        : request(TransferToHost3D(transfer()), in: context())
    case 9, 10: submission()
    case 11, 12: createBlob()
    case 13: showBlob()
    case 14:
      choices.oneIn(3)
        ? request(ResourceUnmapBlob(resourceID: resource()))
        : request(
          ResourceMapBlob(
            resourceID: resource(),
            offset: choices.oneIn(4) ? choices.long() : UInt64(choices.below(20)) * 4096))
    default: request(ResourceAssignUUID(resourceID: resource()))
    }
  }

  private func createContext() -> [UInt8] {
    var command = ContextCreate(capset: choices.oneIn(4) ? choices.word() : UInt32(choices.below(4)))
    if choices.oneIn(4) {
      command.nameCount = choices.word()
      let name = choices.run(atMost: 64)
      command.name = name + [UInt8](repeating: 0, count: 64 - name.count)
    }
    return request(command, in: context())
  }

  private func createTexture() -> [UInt8] {
    guard !choices.oneIn(4), let drawing else {
      return request(
        ResourceCreate3D(
          resourceID: resource(), target: choices.word(), format: choices.word(), bind: choices.word(),
          width: choices.word(), height: choices.word(), depth: choices.word(), arraySize: choices.word(),
          lastLevel: choices.word(), sampleCount: choices.word(), flags: choices.word()), in: context())
    }
    var command = drawing.texture(&choices)
    command.resourceID = resource()
    return request(command)
  }

  private func transfer() -> Transfer3D {
    let isFlat = !choices.oneIn(4)
    return Transfer3D(
      box: Box(
        x: choices.word(), y: choices.word(), z: isFlat ? 0 : choices.word(), width: choices.word(),
        height: isFlat ? UInt32(choices.below(8)) : choices.word(), depth: isFlat ? 1 : choices.word()),
      offset: choices.oneIn(4) ? choices.long() : UInt64(choices.word()), resourceID: resource(),
      level: isFlat ? 0 : choices.word(), stride: isFlat ? 0 : choices.word(),
      layerStride: isFlat ? 0 : choices.word())
  }

  private func submission() -> [UInt8] {
    let commands = choices.oneIn(4) ? choices.run(atMost: 128) : drawing?.commands(&choices) ?? []
    let claimed = choices.oneIn(8) ? choices.word() : UInt32(commands.count)
    return request(Submit3D(size: claimed), in: context()) + commands
  }

  private func createBlob() -> [UInt8] {
    let pages = choices.below(16)
    var command = ResourceCreateBlob(
      resourceID: resource(), memory: choices.pick(.guest, .host3D, .host3DGuest),
      size: choices.oneIn(4) ? choices.long() : UInt64(1 + choices.below(16)) * 4096)
    if choices.oneIn(16) { command.memory = choices.word() }
    command.flags = choices.oneIn(8) ? choices.word() : UInt32(choices.below(8))
    command.blobID = choices.oneIn(8) ? choices.long() : UInt64(choices.below(3))
    var entries = ByteWriter()
    for _ in 0..<pages {
      let length: UInt32 = choices.oneIn(8) ? choices.word() : 4096 * choices.pick(1, 2, 4)
      MemoryEntry(address: choices.oneIn(8) ? address() : page(), length: length).write(to: &entries)
    }
    command.entryCount = choices.oneIn(16) ? choices.word() : UInt32(pages)
    return request(command, in: context()) + entries.bytes
  }

  private func showBlob() -> [UInt8] {
    let size = Size(width: choices.word(), height: choices.word())
    let isExact = !choices.oneIn(4)
    var command = SetScanoutBlob(
      rectangle: choices.oneIn(2) ? rectangle() : Rectangle(size), scanout: scanout(), resourceID: resource(),
      size: size, format: choices.oneIn(8) ? choices.word() : choices.pick(2, 1, 67, 121),
      stride: isExact ? size.width &* 4 : choices.word(), offset: isExact ? 0 : choices.word())
    if choices.oneIn(16) {
      command.strides[choices.below(4)] = choices.word()
      command.offsets[choices.below(4)] = choices.word()
    }
    return request(command)
  }

  func context() -> UInt32 {
    choices.oneIn(16) ? choices.word() : UInt32(choices.below(4))
  }
}
