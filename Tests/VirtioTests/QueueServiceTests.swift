import GuestDriver
import LinuxIO
import Testing
import Virtio
import Virtqueue

@Suite("Queue processing")
struct QueueServiceTests {
  /// A device that keeps its requests, or responds at once.
  private final class Keeper: VirtioDevice {
    let deviceID: UInt32 = 18
    let offeredFeatures: UInt64 = 0
    let queueCount = 1
    let configuration: [UInt8] = []
    var accepts = true
    var keeps = false
    var failure: (any Error)?
    private(set) var kept: [VirtioRequest.Receipt] = []
    private(set) var heads: [UInt16] = []

    func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
    func acknowledge(features: UInt64) {}
    func reset(completion: @escaping () -> Void) { completion() }
    func acceptsRequests(on queue: Int) -> Bool { accepts }

    func process(_ request: VirtioRequest) throws {
      if let failure { throw failure }
      heads.append(request.chain.head)
      if keeps { kept.append(request.receipt) } else { request.complete(written: 0) }
    }

    func completeAll() {
      for receipt in kept { receipt.complete(written: 0) }
      kept = []
    }
  }

  private let device = Keeper()
  private let service = QueueService(index: 0)
  private let ram: GuestRAM
  private let queue: DriverQueue
  private let features = VirtqueueFeatures(eventIndex: true)
  private let buffer: DriverQueue.Buffer

  init() throws {
    ram = try GuestRAM(count: 1 << 20)
    queue = try DriverQueue(size: 256, ram: ram, features: features)
    buffer = DriverQueue.Buffer(address: try ram.allocate(4096), length: 16)
    service.call = try EventCounter()
    try run()
  }

  private func run() throws {
    try service.run(queue.layout, memory: ram.memory, features: features)
  }

  private func submit(_ count: Int = 1) {
    for _ in 0..<count { _ = queue.submit(readable: [buffer], writable: []) }
  }

  private func serve() throws -> QueueService.Turn {
    try service.serve(device) { Issue.record("malformed: \($0)") }
  }

  private func collect() -> Int {
    var count = 0
    while queue.collect() != nil { count += 1 }
    return count
  }

  @Test("a turn ends after 64 requests, and reports that another one is due")
  func budget() throws {
    submit(100)
    #expect(try serve() == .unfinished)
    #expect(collect() == 64)
    #expect(try serve() == .finished)
    #expect(collect() == 36)
  }

  @Test("a held queue keeps its requests in the ring, and asks for no kick that would be lost")
  func hold() throws {
    _ = queue.needsKick()
    device.accepts = false
    submit()
    #expect(queue.needsKick())
    #expect(try serve() == .held)
    #expect(service.isHeld && device.heads.isEmpty)
    // Requests that come now need no kick: the turn that is due finds them.
    submit()
    _ = queue.needsKick()
    device.accepts = true
    #expect(try serve() == .finished)
    #expect(!service.isHeld && collect() == 2)
    submit()
    #expect(queue.needsKick())
  }

  @Test("a device that stops accepting in the middle of a turn gets no further request, and the driver is notified")
  func holdInside() throws {
    let limited = Limited()
    submit(3)
    #expect(try service.serve(limited) { _ in } == .held)
    #expect(limited.count == 1 && collect() == 1)
    #expect(service.call?.drain() == true)
  }

  private final class Limited: VirtioDevice {
    let deviceID: UInt32 = 18
    let offeredFeatures: UInt64 = 0
    let queueCount = 1
    let configuration: [UInt8] = []
    private(set) var count = 0
    func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
    func acknowledge(features: UInt64) {}
    func reset(completion: @escaping () -> Void) { completion() }
    func acceptsRequests(on queue: Int) -> Bool { count == 0 }
    func process(_ request: VirtioRequest) {
      count += 1
      request.complete(written: 0)
    }
  }

  @Test("a request that is completed while the ring has no memory is given back when it has")
  func owed() throws {
    device.keeps = true
    submit()
    #expect(try serve() == .finished)
    service.pause()
    device.completeAll()
    #expect(collect() == 0)
    try run()
    #expect(collect() == 1)
    #expect(service.call?.drain() == true)
    #expect(service.base == 1)
  }

  @Test("after a stop, requests that the device completes later are dropped")
  func stop() throws {
    device.keeps = true
    submit()
    #expect(try serve() == .finished)
    service.stop()
    try run()
    device.completeAll()
    #expect(collect() == 0)
  }

  @Test("an error of the device leaves the queue as it is; a fault of the ring breaks it until it is stopped")
  func faults() throws {
    device.failure = SystemError("write", code: 28)
    submit()
    #expect(throws: SystemError.self) { try serve() }
    #expect(!service.isBroken)
    device.failure = nil
    queue.publish(head: 999)
    #expect(throws: VirtqueueError.badHead(999)) { try serve() }
    #expect(service.isBroken)
    #expect(try serve() == .finished)
    service.stop()
    #expect(!service.isBroken)
  }
}
