internal import Display
internal import Virtqueue
internal import Wire

extension Device {
  /// Executes one request of the control queue; `deliver` gets the answer, header first. A request without a whole header
  /// is answered as well.
  package func executeControl(_ request: [UInt8], deliver: @escaping ([UInt8]) -> Void) throws {
    var reader = ByteReader(request)
    let header = (try? ControlHeader(&reader)) ?? ControlHeader(type: 0)
    let exchange = PendingCommand(header, timeline: timeline(of: header), start: clock(), deliver: deliver)
    do {
      guard request.count >= ControlHeader.size else {
        throw CommandError(.unspecified, "it has \(request.count) bytes, and no header")
      }
      guard inFlight < limits.inFlight else {
        throw CommandError(.outOfMemory, "\(inFlight) requests wait for their answers, and no more may")
      }
      try execute(&reader, exchange)
    } catch let refusal as CommandError {
      refuse(exchange, refusal)
    } catch let error as TruncatedBytes {
      refuse(exchange, CommandError(.invalidParameter, "\(error)"))
    } catch let error as RendererError {
      refuse(exchange, CommandError(error))
    }
    finish(exchange)
  }

  private func timeline(of header: ControlHeader) -> Timeline? {
    guard header.flags & ControlHeader.fenceFlag != 0 else { return nil }
    guard features.contains(.contextInit), header.flags & ControlHeader.ringFlag != 0 else { return .global }
    return .ring(context: header.contextID, index: header.ringIndex)
  }

  private func execute(_ reader: inout ByteReader, _ exchange: PendingCommand) throws {
    let header = exchange.header
    if case .ring(_, let index) = exchange.timeline, index >= Self.rings {
      throw CommandError(.invalidParameter, "there is no ring \(index)")
    }
    let type = CommandType(rawValue: header.type)
    try requireFeatures(of: type)
    answer(exchange, .okNoData)
    switch type {
    case .getDisplayInfo:
      answer(exchange, .okDisplayInfo, displayInfo())
    case .getEDID:
      answer(exchange, .okEDID, try edid(GetEDID(&reader)))
    case .getCapsetInfo:
      answer(exchange, .okCapsetInfo, try capsetInfo(GetCapsetInfo(&reader)))
    case .getCapset:
      answer(exchange, .okCapset, try capset(GetCapset(&reader)))
    case .resourceCreate2D:
      try create(ResourceCreate2D(&reader))
    case .resourceUnref:
      try unref(ResourceUnref(&reader))
    case .setScanout:
      try set(SetScanout(&reader))
    case .resourceFlush:
      try flush(ResourceFlush(&reader), exchange)
    case .transferToHost2D:
      try transfer(TransferToHost2D(&reader))
    case .resourceAttachBacking:
      try attach(ResourceAttachBacking(&reader), &reader)
    case .resourceDetachBacking:
      try detach(ResourceDetachBacking(&reader))
    case .resourceAssignUUID:
      answer(exchange, .okResourceUUID, try uuid(ResourceAssignUUID(&reader)))
    case .resourceCreateBlob:
      try create(ResourceCreateBlob(&reader), &reader, in: header.contextID)
    case .setScanoutBlob:
      try set(SetScanoutBlob(&reader))
    case .contextCreate:
      try create(ContextCreate(&reader), header.contextID)
    case .contextDestroy:
      try destroyContext(header.contextID)
    case .contextAttachResource:
      try attach(ContextAttachResource(&reader), header.contextID)
    case .contextDetachResource:
      try detach(ContextDetachResource(&reader), header.contextID)
    case .resourceCreate3D:
      try create(ResourceCreate3D(&reader))
    case .transferToHost3D:
      try transfer(Transfer3D(&reader), .toHost, exchange)
    case .transferFromHost3D:
      try transfer(Transfer3D(&reader), .fromHost, exchange)
    case .submit3D:
      try submit(Submit3D(&reader), &reader, exchange)
    case .resourceMapBlob:
      try map(ResourceMapBlob(&reader), exchange)
    case .resourceUnmapBlob:
      try unmap(ResourceUnmapBlob(&reader), exchange)
    case .updateCursor, .moveCursor:
      throw CommandError(.unspecified, "it belongs on the cursor queue")
    case nil:
      throw CommandError(.unspecified, "it is unknown")
    }
  }

  private func requireFeatures(of type: CommandType?) throws(CommandError) {
    guard let needed = type?.features, !features.isSuperset(of: needed) else { return }
    throw CommandError(.unspecified, "its feature was not negotiated")
  }

  /// Sets the answer to a request, which goes out when nothing is waited for any more.
  func answer(_ exchange: PendingCommand, _ type: ResponseType, _ body: [UInt8] = []) {
    var writer = ByteWriter(capacity: ControlHeader.size + body.count)
    exchange.header.answer(type, withRing: features.contains(.contextInit)).write(to: &writer)
    writer.bytes(body)
    exchange.answer = writer.bytes
  }

  func refuse(_ exchange: PendingCommand, _ refusal: CommandError) {
    let type = exchange.header.type
    let name = CommandType(rawValue: type).map { "\($0)" } ?? "0x" + String(type, radix: 16)
    onRefusal("command \(name) was refused: \(refusal.reason)")
    answer(exchange, refusal.code)
  }

  private func displayInfo() -> [UInt8] {
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
    return body.bytes
  }

  private func edid(_ command: GetEDID) throws -> [UInt8] {
    guard let index = Int(exactly: command.scanout), scanouts.indices.contains(index) else {
      throw CommandError(.invalidParameter, "there is no scanout \(command.scanout)")
    }
    displayNews.read()
    let edid = EDID(scanouts[index].output, index: index)
    var body = ByteWriter(capacity: 1032)
    body.u32(UInt32(edid.bytes.count))
    body.u32(0)
    body.bytes(edid.bytes)
    body.zeros(1024 - edid.bytes.count)
    return body.bytes
  }
}
