internal import Display
internal import Virtqueue
internal import Wire

/// The commands of the control queue.
extension Device {
  /// Executes one command of the control queue, or lets it wait for the renderers that it concerns. `deliver` gets the
  /// response, header first. A request without a whole header is responded to as well.
  package func executeControl(_ request: [UInt8], deliver: @escaping ([UInt8]) -> Void) throws {
    var reader = ByteReader(request)
    let header = (try? ControlHeader(&reader)) ?? ControlHeader(type: 0)
    let command = PendingCommand(header, timeline: timeline(of: header), deliver: deliver)
    respond(command, .okNoData)
    var isWaiting = false
    attempt(command) {
      guard request.count >= ControlHeader.size else {
        throw CommandError(
          .unspecified, "request of \(request.count) bytes: its header alone has \(ControlHeader.size)")
      }
      try ledger.requirePendingCommand()
      isWaiting = enqueue(command, request, reader)
      if !isWaiting { try execute(&reader, command) }
    }
    if !isWaiting { responses.finish(command) }
    try throwFailure()
  }

  /// The timeline on which a command has its turn; nil: it is not fenced.
  private func timeline(of header: ControlHeader) -> Timeline? {
    guard header.flags & ControlHeader.fenceFlag != 0 else { return nil }
    guard features.contains(.contextInit), header.flags & ControlHeader.ringFlag != 0 else { return .global }
    return .ring(context: header.contextID, index: header.ringIndex)
  }

  /// Executes a command whose fields follow.
  func execute(_ reader: inout ByteReader, _ command: PendingCommand) throws {
    let header = command.header
    if case .ring(_, let index) = command.timeline, index >= Self.rings {
      throw CommandError(.invalidParameter, "invalid ring \(index): a context has \(Self.rings)")
    }
    let type = CommandType(rawValue: header.type)
    try requireFeatures(of: type)
    switch type {
    case .getDisplayInfo: getDisplayInfo(command)
    case .getEDID: try getEDID(GetEDID(&reader), command)
    case .getCapsetInfo: try getCapsetInfo(GetCapsetInfo(&reader), command)
    case .getCapset: try getCapset(GetCapset(&reader), command)
    case .resourceCreate2D: try resourceCreate2D(ResourceCreate2D(&reader), command)
    case .resourceUnref: try resourceUnref(ResourceUnref(&reader), command)
    case .setScanout: try setScanout(SetScanout(&reader), command)
    case .resourceFlush: try resourceFlush(ResourceFlush(&reader), command)
    case .transferToHost2D: try transferToHost2D(TransferToHost2D(&reader), command)
    case .resourceAttachBacking: try resourceAttachBacking(ResourceAttachBacking(&reader), &reader, command)
    case .resourceDetachBacking: try resourceDetachBacking(ResourceDetachBacking(&reader), command)
    case .resourceAssignUUID: try resourceAssignUUID(ResourceAssignUUID(&reader), command)
    case .resourceCreateBlob: try resourceCreateBlob(ResourceCreateBlob(&reader), &reader, command)
    case .setScanoutBlob: try setScanoutBlob(SetScanoutBlob(&reader), command)
    case .contextCreate: try contextCreate(ContextCreate(&reader), command)
    case .contextDestroy: try contextDestroy(command)
    case .contextAttachResource: try contextAttachResource(ContextAttachResource(&reader), command)
    case .contextDetachResource: try contextDetachResource(ContextDetachResource(&reader), command)
    case .resourceCreate3D: try resourceCreate3D(ResourceCreate3D(&reader), command)
    case .transferToHost3D: try transferToHost3D(TransferToHost3D(&reader), command)
    case .transferFromHost3D: try transferFromHost3D(TransferFromHost3D(&reader), command)
    case .submit3D: try submit3D(Submit3D(&reader), &reader, command)
    case .resourceMapBlob: try resourceMapBlob(ResourceMapBlob(&reader), command)
    case .resourceUnmapBlob: try resourceUnmapBlob(ResourceUnmapBlob(&reader), command)
    case .updateCursor, .moveCursor:
      throw CommandError(.unspecified, "it belongs on the cursor queue")
    case nil:
      throw CommandError(.unspecified, "it is unknown")
    }
  }

  private func requireFeatures(of type: CommandType?) throws(CommandError) {
    guard let needed = type?.features, !features.isSuperset(of: needed) else { return }
    throw CommandError(.unspecified, "its feature \(needed) was not negotiated")
  }

  private func getDisplayInfo(_ command: PendingCommand) {
    askOutputs(command) { [unowned self] in respondWithDisplayInfo(to: command) }
  }

  private func respondWithDisplayInfo(to command: PendingCommand) {
    outputChanges.read()
    var body = ByteWriter(capacity: 384)
    for index in scanouts.indices {
      let output = scanouts[index].output
      body.u32(UInt32(bitPattern: output.position.x))
      body.u32(UInt32(bitPattern: output.position.y))
      body.u32(output.isEnabled ? output.size.width : 0)
      body.u32(output.isEnabled ? output.size.height : 0)
      body.u32(output.isEnabled ? 1 : 0)
      body.u32(0)
    }
    body.zeros(24 * (Self.maximumScanouts - scanouts.count))
    respond(command, .okDisplayInfo, body.bytes)
  }

  private func getEDID(_ fields: GetEDID, _ command: PendingCommand) throws {
    guard let index = Int(exactly: fields.scanout), scanouts.indices.contains(index) else {
      throw CommandError(
        .invalidParameter, "there is no scanout \(fields.scanout): the device has \(scanouts.count)")
    }
    askOutputs(command) { [unowned self] in respondWithEDID(of: index, to: command) }
  }

  private func respondWithEDID(of index: Int, to command: PendingCommand) {
    outputChanges.read()
    let edid = EDID(scanouts[index].output, index: index)
    var body = ByteWriter(capacity: 1032)
    body.u32(UInt32(edid.bytes.count))
    body.u32(0)
    body.bytes(edid.bytes)
    body.zeros(1024 - edid.bytes.count)
    respond(command, .okEDID, body.bytes)
  }
}
