import DequeModule
import LinuxIO
import Synchronization
import Testing
import VirglRendering
import VirtioGPU

@Suite("The channel of a renderer's thread")
struct RendererChannelTests {
  private let time = Time()

  private final class Time: Sendable {
    private let nanoseconds = Mutex<UInt64>(1)
    var now: UInt64 { nanoseconds.withLock { $0 } }
    func pass(seconds: UInt64) { nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }
  }

  /// A channel with a limit of 10 s, whose renderer runs.
  private func running(resultDelay: Duration = .seconds(600)) throws -> RendererChannel {
    let time = time
    let channel = try RendererChannel(
      timeLimit: .seconds(10), resultDelay: resultDelay, now: { time.now }, roughNow: { time.now })
    channel.begin("its start")
    channel.enter(.running([]))
    // Takes the signal of the start.
    _ = channel.wait(while: { if case .starting = $0 { true } else { false } })
    return channel
  }

  private func isAbandoned(_ channel: RendererChannel) -> Bool {
    if case .abandoned = channel.phase { true } else { false }
  }

  @Test("the limit counts from the start of each call, however many there are")
  func limit() throws {
    let channel = try running()
    for _ in 0..<5 {
      channel.begin("a call")
      time.pass(seconds: 9)
      channel.abandonIfOverdue()
      channel.finish(reached: [])
    }
    time.pass(seconds: 100)
    channel.abandonIfOverdue()
    #expect(!isAbandoned(channel), "nothing is under way")
    channel.begin("a call")
    time.pass(seconds: 9)
    channel.abandonIfOverdue()
    #expect(!isAbandoned(channel))
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    #expect(isAbandoned(channel))
    var fences = Deque<RendererChannel.ReachedFence>()
    #expect(
      channel.receive(&fences) == "The renderer did not finish a call within 10 s, so it was abandoned.")
  }

  @Test("the limit counts from the start of each command as well")
  func commandLimit() throws {
    let channel = try running()
    for _ in 0..<4 { channel.send(.destroyContext(1)) }
    for _ in 0..<3 {
      #expect(channel.takeCommand() != nil)
      time.pass(seconds: 9)
      channel.abandonIfOverdue()
      #expect(channel.finish(.success(.done)) == nil)
    }
    #expect(channel.takeCommand() != nil)
    time.pass(seconds: 9)
    channel.abandonIfOverdue()
    #expect(!isAbandoned(channel))
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    var fences = Deque<RendererChannel.ReachedFence>()
    #expect(
      channel.receive(&fences) == "The renderer did not finish CTX_DESTROY within 10 s, so it was abandoned.")
    #expect(takeResults(of: channel) == 3, "the results before are there")
    channel.dropCommands()
  }

  @Test("a worker that sleeps is woken once, and one that works is not")
  func wakes() throws {
    let channel = try running()
    #expect(channel.timeoutBeforeNextCommand() == -1)
    channel.send(.reset)
    #expect(channel.wake.drain())
    channel.send(.reset)
    #expect(!channel.wake.drain())
    #expect(channel.timeoutBeforeNextCommand() == 0)
    #expect(channel.takeCommand() != nil)
    channel.send(.reset)
    #expect(!channel.wake.drain())
  }

  private func takeResults(of channel: RendererChannel) -> Int {
    var count = 0
    while channel.takeResult() != nil { count += 1 }
    return count
  }

  /// Takes what there is, as a delivery that finds nothing more at its end does.
  private func deliver(_ channel: RendererChannel) -> Int {
    var fences = Deque<RendererChannel.ReachedFence>()
    _ = channel.receive(&fences)
    let count = takeResults(of: channel)
    #expect(!channel.endDelivery(isLast: true, isIdle: count == 0))
    return count + fences.count
  }

  private func isReadable(_ channel: RendererChannel) throws -> Bool {
    try channel.events.wait(for: .readable, timeoutMilliseconds: 0)
  }

  @Test("results wait for others while commands wait")
  func batches() throws {
    let channel = try running()
    for _ in 0..<8 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    for _ in 0..<5 {
      #expect(channel.finish(.success(.done), takesNext: true) != nil)
      #expect(try !isReadable(channel))
    }
    #expect(channel.finish(.success(.done)) == nil)
    #expect(try isReadable(channel), "two commands are left for six results")
    #expect(deliver(channel) == 6)
    #expect(try !isReadable(channel))
  }

  @Test("results do not wait for a command that takes long")
  func timer() throws {
    let channel = try running(resultDelay: .milliseconds(1))
    for _ in 0..<8 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    #expect(channel.finish(.success(.done), takesNext: true) != nil)
    #expect(try channel.events.wait(for: .readable, timeoutMilliseconds: 120_000), "the timer")
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    #expect(deliver(channel) == 1)
  }

  @Test("after a command that took long, its result waits for no others")
  func longCommand() throws {
    let channel = try running(resultDelay: .milliseconds(1))
    for _ in 0..<8 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    #expect(try channel.events.wait(for: .readable, timeoutMilliseconds: 120_000), "the timer")
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    #expect(deliver(channel) == 0)
    #expect(try !isReadable(channel))
    #expect(channel.finish(.success(.done), takesNext: true) != nil)
    #expect(try isReadable(channel))
  }

  @Test("the worker takes the next command as it completes one, and only if it wants one")
  func finishTakesNext() throws {
    let channel = try running()
    for _ in 0..<2 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    #expect(channel.finish(.success(.done)) == nil)
    #expect(channel.takeCommand() != nil)
    #expect(channel.finish(.success(.done), takesNext: true) == nil, "there is none")
    #expect(deliver(channel) == 2)
  }

  @Test("during a delivery the worker wakes nobody, and the delivery looks again at its end")
  func delivery() throws {
    let channel = try running()
    var fences = Deque<RendererChannel.ReachedFence>()
    _ = channel.receive(&fences)
    for isFence in [false, true] {
      channel.put(.reset)
      channel.publish(isDelivering: true)
      #expect(channel.takeCommand() != nil)
      _ = channel.finish(.success(.done))
      if isFence { channel.finish(reached: [RendererFence(timeline: .global, number: 1)]) }
      #expect(try !isReadable(channel))
      #expect(channel.endDelivery(isLast: false, isIdle: true))
      fences = []
      _ = channel.receive(&fences)
      #expect(takeResults(of: channel) == 1 && fences.map(\.position) == (isFence ? [2] : []))
    }
    channel.finish(reached: [RendererFence(timeline: .global, number: 2)])
    #expect(!channel.endDelivery(isLast: true, isIdle: true), "it has had its turns")
    #expect(try isReadable(channel))
    #expect(deliver(channel) == 1)
    #expect(try !isReadable(channel))
  }

  @Test("commands that were published together keep their order, and wake the worker once")
  func together() throws {
    let channel = try running()
    #expect(channel.timeoutBeforeNextCommand() == -1)
    channel.put(.destroyContext(1))
    channel.put(.destroyContext(2))
    #expect(channel.unpublishedCount == 2 && channel.takeCommand() == nil)
    #expect(channel.timeoutBeforeNextCommand() == -1)
    channel.publish(isDelivering: false)
    #expect(channel.wake.drain())
    channel.send(.destroyContext(3))
    #expect(!channel.wake.drain())
    var command = channel.takeCommand()
    for id in 1...3 as ClosedRange<UInt32> {
      guard case .destroyContext(id)? = command else {
        Issue.record("command \(id) is not the next one")
        return
      }
      command = channel.finish(.success(.done), takesNext: true)
    }
  }

  @Test("a reset makes what is drawn before it needless, and nothing else")
  func reset() throws {
    let channel = try running()
    let drawing: [RendererCommand] = [
      .submit([], context: 1), .createFence(RendererFence(timeline: .global, number: 1)),
      .transfer(Transfer3D(box: Box(width: 1), resourceID: 5), .fromHost, context: 1),
    ]
    let others: [RendererCommand] = [.setBacking(nil, resource: 5), .destroyResource(5), .destroyContext(1)]
    for command in drawing + others { channel.put(command) }
    channel.noteReset(channel.nextNumber)
    for command in [.reset] + drawing { channel.put(command) }
    channel.publish(isDelivering: false)
    var isNeedless: [Bool] = []
    var next = channel.takeCommand()
    while let command = next {
      isNeedless.append(channel.isUndoneByReset(command))
      next = channel.finish(.success(.done), takesNext: true)
    }
    #expect(isNeedless == [true, true, true] + Array(repeating: false, count: 7))
  }

  @Test("a worker that was asked to end takes no command any more")
  func ends() throws {
    let channel = try running()
    channel.send(.reset)
    channel.requestEnd()
    #expect(channel.takeCommand() == nil)
    #expect(channel.timeoutBeforeNextCommand() == nil)
  }

  @Test("a renderer that ends by itself is lost")
  func failure() throws {
    let channel = try running()
    channel.enter(.ended(RendererError(.failed, "the reason")))
    var fences = Deque<RendererChannel.ReachedFence>()
    #expect(channel.receive(&fences) == "The renderer ended: the reason")
  }
}
