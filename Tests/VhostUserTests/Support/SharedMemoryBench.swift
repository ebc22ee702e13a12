import LinuxIO
import Testing
import Virtio
import Wire

@testable import VhostUser

/// A session whose device has shared memory regions, and the front end's end of the channel.
final class SharedMemoryBench {
  static let features = ProtocolFeatures.supported.union(.sharedMemorySupport)

  let bench: SessionBench
  let ram: TestRAM
  private(set) var channel: UnixSocket
  private var reader = MessageReader(.backEndRequests)
  /// What completions said, in order: the name of the request, and what it heard.
  private(set) var heard: [String] = []
  private let file: Descriptor

  /// Region 1 has 64 KiB, and queue 0 runs.
  init(_ features: ProtocolFeatures = SharedMemoryBench.features) throws {
    (bench, ram, _, _) = try SessionBench.running()
    bench.device.sharedMemoryRegions = [1: 0x10000]
    try bench.send(.setProtocolFeatures(features))
    channel = try UnixSocket.makePair().0
    file = try makeToken("shown")
    try openChannel()
  }

  /// Opens a new channel in place of the previous one. Returns the back end's socket.
  @discardableResult
  func openChannel() throws -> UnixSocket {
    channel.shutdown()
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    try bench.send(.setBackendReqFD(theirs.descriptor))
    channel = ours
    reader = MessageReader(.backEndRequests)
    return theirs
  }

  /// The front end ends the channel.
  func closeChannel() throws {
    channel.shutdown()
    try bench.pump()
  }

  func map(_ name: String, page: UInt64 = 0, count: UInt64 = 0x1000, region: UInt8 = 1) throws {
    bench.server.map(file, count: count, ofRegion: region, at: page &* 0x1000) { [unowned self] in
      heard.append("\(name) \($0)")
    }
    try bench.pump()
  }

  func unmap(_ name: String, page: UInt64 = 0) {
    bench.server.unmap(count: 0x1000, ofRegion: 1, at: page * 0x1000) { [unowned self] in heard.append("\(name) \($0)")
    }
  }

  /// What the back end asked for: the request's number, its page, and whether it needs a reply.
  func requests() throws -> [String] {
    var found: [String] = []
    while case .message(let message) = try reader.next(from: channel) {
      let suffix = message.header.flags.contains(.needsReply) ? "?" : ""
      let request = try #require(BackEndRequest(rawValue: message.header.request))
      switch try BackEndMessage(request, payload: message.payload, descriptors: message.descriptors) {
      case .configChangeMsg: found.append("config\(suffix)")
      case .shmemMap(let mapping, _): found.append("map \(mapping.offset / 0x1000)\(suffix)")
      case .shmemUnmap(let mapping): found.append("unmap \(mapping.offset / 0x1000)\(suffix)")
      }
    }
    return found
  }

  /// The front end replies.
  func reply(_ request: BackEndRequest, _ code: UInt64) throws {
    try say(
      Message.encode(request: request.rawValue, flags: [.version, .reply], payload: Malformed.longWords(code)))
  }

  /// The front end says something over the channel.
  func say(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws {
    try channel.send(bytes, descriptors: descriptors)
    try bench.pump()
  }

  func takeHeard() -> [String] {
    defer { heard = [] }
    return heard
  }
}
