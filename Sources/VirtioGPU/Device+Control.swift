internal import Display
internal import Virtqueue
internal import Wire

extension Device {
  /// Executes one request of the control queue and returns the answer, header first. A request without a whole header
  /// is answered as well.
  package func executeControl(_ request: [UInt8]) throws -> [UInt8] {
    var reader = ByteReader(request)
    guard let header = try? ControlHeader(&reader) else {
      return refuse(ControlHeader(type: 0), Refusal(.unspecified, "it has \(request.count) bytes, and no header"))
    }
    do {
      return try execute(header, &reader)
    } catch let refusal as Refusal {
      return refuse(header, refusal)
    } catch let error as TruncatedBytes {
      return refuse(header, Refusal(.invalidParameter, "\(error)"))
    }
  }

  private func execute(_ header: ControlHeader, _ reader: inout ByteReader) throws -> [UInt8] {
    switch CommandType(rawValue: header.type) {
    case .getDisplayInfo:
      return displayInfo(header)
    case .getEDID:
      return try edid(header, GetEDID(&reader))
    case .resourceCreate2D:
      try create(ResourceCreate2D(&reader))
    case .resourceUnref:
      try unref(ResourceUnref(&reader))
    case .setScanout:
      try set(SetScanout(&reader))
    case .resourceFlush:
      try flush(ResourceFlush(&reader))
    case .transferToHost2D:
      try transfer(TransferToHost2D(&reader))
    case .resourceAttachBacking:
      try attach(ResourceAttachBacking(&reader), &reader)
    case .resourceDetachBacking:
      try detach(ResourceDetachBacking(&reader))
    case .getCapsetInfo, .getCapset, .resourceAssignUUID, .resourceCreateBlob, .setScanoutBlob, .contextCreate,
      .contextDestroy, .contextAttachResource, .contextDetachResource, .resourceCreate3D, .transferToHost3D,
      .transferFromHost3D, .submit3D, .resourceMapBlob, .resourceUnmapBlob:
      throw Refusal(.unspecified, "its feature was not negotiated")
    case .updateCursor, .moveCursor:
      throw Refusal(.unspecified, "it belongs on the cursor queue")
    case nil:
      throw Refusal(.unspecified, "it is unknown")
    }
    return answer(header, .okNoData)
  }

  private func answer(_ header: ControlHeader, _ type: ResponseType, _ body: [UInt8] = []) -> [UInt8] {
    var writer = ByteWriter(capacity: ControlHeader.size + body.count)
    header.answer(type).write(to: &writer)
    writer.bytes(body)
    return writer.bytes
  }

  private func refuse(_ header: ControlHeader, _ refusal: Refusal) -> [UInt8] {
    let name = CommandType(rawValue: header.type).map { "\($0)" } ?? "0x" + String(header.type, radix: 16)
    onRefusal("command \(name) was refused: \(refusal.reason)")
    return answer(header, refusal.code)
  }

  private func displayInfo(_ header: ControlHeader) -> [UInt8] {
    displayNews.read()
    var body = ByteWriter(capacity: 384)
    for scanout in scanouts {
      let output = scanout.output
      body.u32(UInt32(bitPattern: output.position.x))
      body.u32(UInt32(bitPattern: output.position.y))
      body.u32(output.isEnabled ? output.size.width : 0)
      body.u32(output.isEnabled ? output.size.height : 0)
      body.u32(output.isEnabled ? 1 : 0)
      body.u32(0)
    }
    body.zeros(24 * (Self.mostScanouts - scanouts.count))
    return answer(header, .okDisplayInfo, body.bytes)
  }

  private func edid(_ header: ControlHeader, _ command: GetEDID) throws -> [UInt8] {
    guard features.contains(.edid) else { throw Refusal(.unspecified, "its feature was not negotiated") }
    guard let index = Int(exactly: command.scanout), scanouts.indices.contains(index) else {
      throw Refusal(.invalidParameter, "there is no scanout \(command.scanout)")
    }
    displayNews.read()
    let edid = EDID(scanouts[index].output, index: index)
    var body = ByteWriter(capacity: 1032)
    body.u32(UInt32(edid.bytes.count))
    body.u32(0)
    body.bytes(edid.bytes)
    body.zeros(1024 - edid.bytes.count)
    return answer(header, .okEDID, body.bytes)
  }
}
