import LinuxIO
import Synchronization
import Testing

@Suite("a bounded queue")
struct BoundedQueueTests {
  @Test("passes everything on in order between two threads, however small it is", arguments: [0, 1, 3, 1000])
  func order(capacity: Int) throws {
    let queue = BoundedQueue<Int>(capacity: capacity)
    let sum = Mutex<[Int]>([])
    let reader = try NamedThread("queue-reader") {
      while let value = queue.pop() { sum.withLock { $0.append(value) } }
    }
    for value in 0..<5000 { #expect(queue.push(value)) }
    queue.close()
    reader.join()
    #expect(sum.withLock { $0 } == Array(0..<5000))
  }

  @Test("makes a fast writer wait")
  func waits() throws {
    let queue = BoundedQueue<Int>(capacity: 2)
    let pushed = Mutex(0)
    let writer = try NamedThread("queue-writer") {
      for value in 0..<10 {
        queue.push(value)
        pushed.withLock { $0 = value + 1 }
      }
    }
    for value in 0..<10 {
      #expect(queue.pop() == value)
      // One more than fits may be about to be pushed, and none beyond.
      #expect(pushed.withLock { $0 } <= value + 4)
    }
    writer.join()
  }

  @Test("prefers what suits its reader, and else gives the oldest")
  func prefers() {
    let queue = BoundedQueue<Int>(capacity: 5)
    for value in [5, 6, 7, 8] { queue.push(value) }
    #expect(queue.pop { $0 == 7 } == 7)
    #expect(queue.pop { $0 == 7 } == 5)
    #expect(queue.pop { $0 > 7 } == 8)
  }

  @Test("that is closed gives what it has, takes nothing, and wakes waiting threads")
  func close() throws {
    let queue = BoundedQueue<Int>(capacity: 1)
    let full = try NamedThread("queue-writer") { while queue.push(1) {} }
    queue.close()
    full.join()
    while queue.pop() != nil {}
    #expect(queue.pop() == nil)
    #expect(!queue.push(2))

    let empty = BoundedQueue<Int>(capacity: 1)
    let reader = try NamedThread("queue-reader") { _ = empty.pop() }
    empty.close()
    reader.join()
  }
}
