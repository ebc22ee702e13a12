package import LinuxIO
internal import Wire

/// A message of a back end, understood.
package enum BackEndMessage: Sendable {
  /// The configuration space is to be read again.
  case configChangeMsg
  /// A piece of a file is to appear in a shared memory region.
  case shmemMap(MMapRequest, file: Descriptor)
  /// What appeared there is to go away.
  case shmemUnmap(MMapRequest)

  package var request: BackEndRequest {
    switch self {
    case .configChangeMsg: .configChangeMsg
    case .shmemMap: .shmemMap
    case .shmemUnmap: .shmemUnmap
    }
  }

  /// True for what takes back what another message did.
  var takesBack: Bool {
    if case .shmemUnmap = self { true } else { false }
  }

  /// What takes back what this message does.
  var inverse: BackEndMessage? {
    guard case .shmemMap(let mapping, _) = self else { return nil }
    return .shmemUnmap(
      MMapRequest(regionID: mapping.regionID, offset: mapping.offset, count: mapping.count, isWritable: false))
  }

  /// Understands a payload and the descriptors that came with it.
  package init(_ request: BackEndRequest, payload: [UInt8], descriptors: [Descriptor]) throws(ProtocolError) {
    let wrongShape = ProtocolError.backEndRequest(
      request.rawValue, count: payload.count, descriptorCount: descriptors.count)
    guard payload.count == request.payloadSize, descriptors.count == request.descriptorCount else { throw wrongShape }
    do {
      var reader = ByteReader(payload)
      switch (request, descriptors.first) {
      case (.shmemMap, let file?): self = .shmemMap(try MMapRequest(&reader), file: file)
      case (.shmemUnmap, nil): self = .shmemUnmap(try MMapRequest(&reader))
      case (.configChangeMsg, nil): self = .configChangeMsg
      default: throw wrongShape
      }
    } catch {
      throw wrongShape
    }
  }

  /// The whole message.
  package func encoded(flags: MessageHeader.Flags) -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .configChangeMsg: break
    case .shmemMap(let mapping, _), .shmemUnmap(let mapping): mapping.encode(to: &writer)
    }
    return Message.encode(request: request.rawValue, flags: flags, payload: writer.bytes)
  }

  /// What goes along with the first byte.
  package var descriptors: [Descriptor] {
    if case .shmemMap(_, let file) = self { [file] } else { [] }
  }
}
