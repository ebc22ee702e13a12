import Display
import GuestDriver
import LinuxIO
import Testing
import VirtioGPU

@Suite("The host-visible region")
struct HostVisibleTests {
  @Test("replies of the front end after a reset are ignored")
  func late() throws {
    let (guest, region) = try start()
    try guest.device.reset()
    region.complete(true)
    #expect(guest.responded.isEmpty)
    // The next guest may have as many requests in flight as the first.
    guest.device.acknowledge(features: DeviceFeatures.all.rawValue)
    try #require(guest.code(ContextCreate(capset: 2), context: 1) == .okNoData)
    for fence in 1...UInt64(guest.quota.pendingCommands) { guest.submit(fence: fence) }
    #expect(guest.code(GetDisplayInfo()) == .outOfMemory)
  }

  @Test("a blob that was moved before it was mapped stays where it was moved")
  func moved() throws {
    let (guest, region) = try start()
    guest.send(ResourceUnmapBlob(resourceID: 9).request(fenceID: 2))
    guest.send(ResourceMapBlob(resourceID: 9, offset: 0).request(fenceID: 3))
    region.complete(false)
    region.complete(true)
    region.complete(true)
    #expect(
      guest.headers.suffix(3).map(\.type) == [
        ResponseType.unspecified.rawValue, ResponseType.okNoData.rawValue, ResponseType.okMapInfo.rawValue,
      ])
    guest.send(ResourceUnmapBlob(resourceID: 9).request(fenceID: 4))
    region.complete(true)
    #expect(guest.headers.last?.type == ResponseType.okNoData.rawValue)
  }

  @Test("a blob that goes before the front end has responded leaves no descriptor behind")
  func gone() throws {
    let (guest, region) = try start()
    let file = try #require(region.lastFile)
    #expect(file.isOpen)
    guest.send(ResourceUnref(resourceID: 9).request(fenceID: 2))
    #expect(!file.isOpen)
    region.complete(true)
    region.complete(true)
  }

  @Test("a queue that stops before the front end has responded takes the blob back, and its guest may try again")
  func stopped() throws {
    let (guest, region) = try start()
    guest.submit(fence: 2)
    try guest.device.controlQueueStopped()
    #expect(guest.headers.map(\.type) == [ResponseType.unspecified.rawValue, ResponseType.okNoData.rawValue])
    #expect(region.calls == [.map, .unmap])
    guest.send(ResourceMapBlob(resourceID: 9, offset: 0).request(fenceID: 3))
    for _ in 1...3 { region.complete(true) }
    #expect(guest.headers.dropFirst(2).map(\.type) == [ResponseType.okMapInfo.rawValue])
    guest.send(ResourceUnmapBlob(resourceID: 9).request(fenceID: 4))
    try guest.device.controlQueueStopped()
    #expect(guest.headers.last?.type == ResponseType.unspecified.rawValue)
    #expect(region.calls == [.map, .unmap, .map, .unmap])
    region.complete(true)
    #expect(guest.headers.count == 4)
    // Taken away all the same: it may come back.
    guest.send(ResourceMapBlob(resourceID: 9, offset: 0).request(fenceID: 5))
    region.complete(true)
    #expect(guest.headers.last?.type == ResponseType.okMapInfo.rawValue)
  }

  /// A guest that has made blob 9 of context 1 and asked for it at the start of a region, and has no response yet.
  private func start() throws -> (FencedGuest, PatientRegion) {
    let guest = try FencedGuest()
    let region = PatientRegion()
    guest.device.hostVisible = region
    let blob = ResourceCreateBlob(resourceID: 9, memory: .host3D, flags: .mappable, blobID: 1, size: 4096)
    try #require(guest.code(blob, context: 1) == .okNoData)
    let count = guest.headers.count
    guest.send(ResourceMapBlob(resourceID: 9, offset: 0).request(fenceID: 1))
    try #require(guest.headers.count == count)
    guest.forget()
    return (guest, region)
  }
}

/// A region whose front end responses when it is told to.
private final class PatientRegion: HostVisibleRegion {
  let count: UInt64 = 65536
  private var waiting: [(Bool) -> Void] = []
  private(set) var lastFile: Watched?
  /// What it was asked for, in this order.
  private(set) var calls: [Call] = []

  enum Call {
    case map, unmap
  }

  func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    calls.append(.map)
    waiting.append(completion)
    lastFile = Watched(file: file)
  }

  func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    calls.append(.unmap)
    waiting.append(completion)
  }

  /// Completes the oldest request.
  func complete(_ isDone: Bool) {
    waiting.removeFirst()(isDone)
  }
}

/// A descriptor of others.
private struct Watched {
  weak var file: Descriptor?
  /// True while it is held.
  var isOpen: Bool { file != nil }
}
