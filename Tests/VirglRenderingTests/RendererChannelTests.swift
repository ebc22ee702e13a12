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

  @Test("completions wait for others while commands wait, but not longer than the timer")
  func batches() throws {
    let channel = try running()
    _ = channel.wait(while: { if case .starting = $0 { true } else { false } })
    for _ in 0..<3 { channel.send(.reset) }
    #expect(channel.takeCommand() != nil)
    channel.finish(.success(.done))
    // The next command takes long.
    #expect(channel.takeCommand() != nil)
    #expect(try channel.events.wait(for: .readable, timeoutMilliseconds: 120_000), "the timer")
    time.pass(seconds: 1)
    channel.abandonIfOverdue()
    var outcomes = Deque<RendererChannel.Outcome>()
    channel.receive(into: &outcomes)
    #expect(outcomes.count == 1)
    #expect(try !channel.events.wait(for: .readable, timeoutMilliseconds: 0), "it goes off once")
    channel.finish(.success(.done))
    #expect(channel.takeCommand() != nil)
    channel.finish(.success(.done))
    #expect(try channel.events.wait(for: .readable, timeoutMilliseconds: 0), "there is no other command")
    channel.receive(into: &outcomes)
    #expect(outcomes.count == 3)
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
