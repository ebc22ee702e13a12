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
  private func running() throws -> RendererChannel {
    let time = time
    let channel = try RendererChannel(timeLimit: .seconds(10)) { time.now }
    channel.begin("its start")
    channel.enter(.running([]))
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
    var outcomes = Deque<RendererChannel.Outcome>()
    channel.receive(into: &outcomes)
    guard case .lost(let sentence)? = outcomes.last else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(sentence == "The renderer did not finish a call within 10 s, so it was abandoned.")
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

  /// Takes what there is, as a delivery that finds nothing more at its end does.
  private func deliver(_ channel: RendererChannel) -> Int {
    var outcomes = Deque<RendererChannel.Outcome>()
    channel.receive(into: &outcomes)
    #expect(!channel.endDelivery(isLast: true, orReceiveInto: &outcomes))
    return outcomes.count
  }

  private func isReadable(_ channel: RendererChannel) throws -> Bool {
    try channel.events.wait(for: .readable, timeoutMilliseconds: 0)
  }

  @Test("completions wait for others while commands wait, but not longer than the timer")
  func batches() throws {
    let channel = try running()
    _ = channel.wait(while: { if case .starting = $0 { true } else { false } })
    for _ in 0..<4 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    // The next command takes long.
    #expect(channel.finish(.success(.done), takesNext: true) != nil)
    #expect(try channel.events.wait(for: .readable, timeoutMilliseconds: 120_000), "the timer")
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    #expect(deliver(channel) == 1)
    #expect(try !isReadable(channel), "it goes off once")
    #expect(channel.finish(.success(.done), takesNext: true) != nil)
    #expect(channel.finish(.success(.done)) == nil)
    #expect(try isReadable(channel), "one command is left for two completions")
    #expect(deliver(channel) == 2)
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
    _ = channel.wait(while: { if case .starting = $0 { true } else { false } })
    var outcomes = Deque<RendererChannel.Outcome>()
    channel.receive(into: &outcomes)
    for isFence in [false, true] {
      channel.send(.reset)
      #expect(channel.takeCommand() != nil)
      _ = channel.finish(.success(.done))
      if isFence { channel.finish(reached: [RendererFence(timeline: .global, number: 1)]) }
      #expect(try !isReadable(channel))
      outcomes = []
      #expect(channel.endDelivery(isLast: false, orReceiveInto: &outcomes))
      #expect(outcomes.count == (isFence ? 2 : 1))
    }
    channel.finish(reached: [RendererFence(timeline: .global, number: 2)])
    #expect(!channel.endDelivery(isLast: true, orReceiveInto: &outcomes), "it has had its turns")
    #expect(try isReadable(channel))
    #expect(deliver(channel) == 1)
    #expect(try !isReadable(channel))
  }

  @Test("commands that were sent together keep their order, and wake the worker once")
  func together() throws {
    let channel = try running()
    #expect(channel.timeoutBeforeNextCommand() == -1)
    var commands: Deque<RendererCommand> = [.destroyContext(1), .destroyContext(2)]
    channel.send(&commands)
    #expect(commands.isEmpty)
    #expect(channel.wake.drain())
    commands = [.destroyContext(3)]
    channel.send(&commands)
    #expect(!channel.wake.drain())
    for id in 1...3 as ClosedRange<UInt32> {
      guard case .destroyContext(id)? = channel.takeCommand() else {
        Issue.record("command \(id) is not the next one")
        return
      }
    }
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
    var outcomes = Deque<RendererChannel.Outcome>()
    channel.receive(into: &outcomes)
    guard case .lost("The renderer ended: the reason")? = outcomes.last else {
      Issue.record("\(outcomes)")
      return
    }
  }
}
