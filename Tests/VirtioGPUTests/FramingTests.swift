import Display
import GuestDriver
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("However a request is framed")
struct FramingTests {
  /// Submits a request cut into buffers of `run` bytes, with answer buffers of these lengths.
  private func exchange(_ guest: TestGuest, _ request: [UInt8], run: Int, answer: [UInt32]) throws -> (
    used: DriverQueue.Used, answer: [UInt8]
  ) {
    let base = try guest.ram.allocate(UInt64(max(1, request.count)))
    try guest.ram.memory.write(request, at: base)
    var readable: [DriverQueue.Buffer] = []
    for start in stride(from: 0, to: request.count, by: run) {
      readable.append(
        DriverQueue.Buffer(
          address: base + UInt64(start), length: UInt32(min(run, request.count - start))))
    }
    var room = try guest.ram.allocate(4096)
    let answerBase = room
    var writable: [DriverQueue.Buffer] = []
    for length in answer {
      writable.append(DriverQueue.Buffer(address: room, length: length))
      room += UInt64(length)
    }
    let total = answer.reduce(0, +)
    try guest.ram.memory.write(Array(repeating: 0xee, count: Int(total)), at: answerBase)
    let table = try guest.ram.allocate(65536)
    guard try guest.driver.control.submitIndirect(readable: readable, writable: writable, table: table) != nil else {
      throw DriverError.queueFull
    }
    let used = try guest.driver.finish(guest.driver.control, 0)
    return (used, try guest.ram.memory.read(at: answerBase, count: Int(total)))
  }

  @Test("cut into single bytes or whole, the answer is the same", arguments: [1, 2, 3, 7, 23, 24, 25, 4096])
  func cut(run: Int) throws {
    let guest = try TestGuest()
    let result = try exchange(
      guest, GetDisplayInfo().request(fenceID: 5), run: run, answer: Array(repeating: 51, count: 8))
    #expect(result.used.written == 408)
    var reader = ByteReader(result.answer)
    #expect(try ControlHeader(&reader).type == 0x1101)
    #expect(try reader.bytes(16) == [0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 48, 0, 0, 0])
  }

  @Test(
    "a request that ends early is an error, at whichever byte it ends",
    arguments: [0, 1, 23, 24, 39, 47])
  func short(count: Int) throws {
    let guest = try TestGuest()
    let whole = SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 1, height: 1), scanout: 0, resourceID: 1).request()
    let result = try exchange(guest, Array(whole.prefix(count)), run: 16, answer: [24])
    #expect(result.used.written == 24)
    var reader = ByteReader(result.answer)
    let type = try ControlHeader(&reader).type
    #expect(type == (count < 24 ? ResponseType.unspecified : .invalidParameter).rawValue)
  }

  @Test("bytes after a request mean nothing")
  func oversized() throws {
    let guest = try TestGuest()
    let result = try exchange(
      guest, GetEDID(scanout: 0).request() + Array(repeating: 0xff, count: 1000), run: 100, answer: [1056])
    #expect(result.used.written == 1056)
  }

  @Test("an answer is cut to the room there is", arguments: [0, 1, 23, 24, 407, 408, 500] as [UInt32])
  func shortAnswer(room: UInt32) throws {
    let guest = try TestGuest()
    let result = try exchange(guest, GetDisplayInfo().request(), run: 24, answer: room == 0 ? [] : [room])
    #expect(result.used.written == min(room, 408))
    // What lies beyond the answer is not touched.
    #expect(result.answer.dropFirst(408).allSatisfy { $0 == 0xee })
  }

  @Test("buffers without bytes are no obstacle")
  func emptyBuffers() throws {
    let guest = try TestGuest()
    let result = try exchange(guest, GetDisplayInfo().request(), run: 24, answer: [0, 400, 0, 8, 0])
    #expect(result.used.written == 408)
  }

  /// What cannot be a request, built descriptor by descriptor.
  struct Broken: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let table: [DriverQueue.RawDescriptor]
  }

  private static let somewhere = GuestRAM.guestBase + (32 << 20)

  private static let broken: [Broken] = [
    Broken(testDescription: "a chain that loops onto itself", table: [.init(address: somewhere, length: 8, flags: 1)]),
    Broken(
      testDescription: "a chain that goes in a circle",
      table: [
        .init(address: somewhere, length: 8, flags: 1, next: 1), .init(address: somewhere, length: 8, flags: 1),
      ]),
    Broken(
      testDescription: "a next index outside the table",
      table: [.init(address: somewhere, length: 8, flags: 1, next: 64)]),
    Broken(
      testDescription: "a next index of 65535",
      table: [.init(address: somewhere, length: 8, flags: 1, next: .max)]),
    Broken(
      testDescription: "a buffer to read after one to write",
      table: [
        .init(address: somewhere, length: 8, flags: 3, next: 1), .init(address: somewhere, length: 8),
      ]),
    Broken(
      testDescription: "an indirect table of 17 bytes",
      table: [.init(address: somewhere, length: 17, flags: 4)]),
    Broken(
      testDescription: "an empty indirect table",
      table: [.init(address: somewhere, length: 0, flags: 4)]),
    Broken(
      testDescription: "an indirect table of 4 GiB",
      table: [.init(address: somewhere, length: 0xffff_fff0, flags: 4)]),
    Broken(
      testDescription: "an indirect table outside memory",
      table: [.init(address: 16, length: 32, flags: 4)]),
    Broken(
      testDescription: "an indirect descriptor with a next one",
      table: [.init(address: somewhere, length: 32, flags: 5, next: 1), .init(address: somewhere, length: 8)]),
    Broken(
      testDescription: "an indirect table that names itself",
      table: [
        .init(address: GuestRAM.guestBase, length: 16, flags: 4), .init(address: somewhere, length: 8),
      ]),
    Broken(
      testDescription: "a request outside memory",
      table: [.init(address: 0, length: 24)]),
    Broken(
      testDescription: "a request around 2^64",
      table: [.init(address: .max - 3, length: 24)]),
    Broken(
      testDescription: "a request of 4 GiB",
      table: [.init(address: GuestRAM.guestBase, length: .max)]),
    Broken(
      testDescription: "an answer outside memory",
      table: [
        .init(address: somewhere, length: 24, flags: 1, next: 1), .init(address: 0, length: 24, flags: 2),
      ]),
  ]

  @Test("a request that makes no sense is given back, and the next one works", arguments: broken)
  func malformed(broken: Broken) throws {
    let guest = try TestGuest()
    let queue = guest.driver.control
    for (index, descriptor) in broken.table.enumerated() { queue.writeDescriptor(descriptor, at: UInt16(index)) }
    queue.publish(head: 0)
    let used = try guest.driver.finish(queue, 0)
    #expect(used.head == 0)
    #expect(used.written == 0)
    #expect(!guest.refusals.isEmpty)
    #expect(try guest.driver.displayInfo()[0].size == Size(width: 64, height: 48))
  }
}
