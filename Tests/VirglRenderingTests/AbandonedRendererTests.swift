import Dispatch
import LinuxIO
import Synchronization
import Testing
import VirglRendering
import VirtioGPU
import Virtqueue

@Suite("A renderer that exceeds its time limit")
struct AbandonedRendererTests {
  @Test("is abandoned: executed commands are delivered, waiting ones fail, and then the loss is reported once")
  func overdue() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script, timeLimit: .milliseconds(500))
    var events: [String] = []
    renderer.onLost = { events.append($0) }
    for (name, commands) in [("first", []), ("stuck", ScriptedRenderer.Script.blocking), ("waiting", [])] {
      renderer.perform(.submit(commands, context: 1)) { result in
        switch result {
        case .success: events.append("\(name) done")
        case .failure(let error): events.append("\(name) \(error.kind)")
        }
      }
    }
    try renderer.deliver(until: { events.count == 4 })
    let sentence = "The renderer did not finish SUBMIT_3D within 0.5 s, so it was abandoned."
    #expect(events == ["first done", "stuck failed", "waiting failed", sentence])
    #expect(renderer.isAbandoned)
    #expect(RendererThread.hasAbandonedThread)
    var later: RendererError?
    renderer.perform(.reset) { if case .failure(let error) = $0 { later = error } }
    #expect(later == RendererError(.failed, sentence), "a later command fails at once")
    // The call returns after all, and nothing comes of it.
    script.gate.signal()
    renderer.deliver()
    #expect(events.count == 4)
    #expect(try renderer.events?.wait(for: .readable, timeoutMilliseconds: 0) == false, "nothing more comes")
    #expect(!renderer.end())
    #expect(!script.names.contains("end"))
  }

  @Test("keeps the memory that it may still use, and releases what it was not given")
  func memory() throws {
    let script = try ScriptedRenderer.Script()
    weak var stuck: AnyObject?
    weak var waiting: AnyObject?
    try {
      let renderer = try RendererThread.scripted(script, timeLimit: .milliseconds(500))
      let ranges = try (0..<2).map { _ in
        GuestRange(try MappedMemory(MappedMemory.makeFile(named: "guest", count: 4096), offset: 0, count: 4096))
      }
      (stuck, waiting) = (ranges[0].mapping, ranges[1].mapping)
      var isLost = false
      renderer.onLost = { _ in isLost = true }
      renderer.perform(.setBacking([ranges[0]], resource: ScriptedRenderer.Script.blockingResource)) { _ in }
      renderer.perform(.setBacking([ranges[1]], resource: 5)) { _ in }
      try renderer.deliver(until: { isLost })
    }()
    #expect(stuck != nil)
    #expect(waiting == nil)
  }

  @Test("no longer blocks when it is dropped")
  func dropped() throws {
    let script = try ScriptedRenderer.Script()
    let sentences = Mutex<[String]>([])
    try {
      let renderer = try RendererThread(timeLimit: .milliseconds(500)) { sentence in
        sentences.withLock { $0.append(sentence) }
      } make: {
        ScriptedRenderer(script)
      }
      renderer.perform(.submit(ScriptedRenderer.Script.blocking, context: 1)) { _ in Issue.record("it was completed") }
      script.waiting.wait()
    }()
    #expect(
      sentences.withLock { $0 } == ["The renderer did not finish SUBMIT_3D within 0.5 s, so it was abandoned."])
  }

  @Test("can be ended sooner than its limit")
  func endedSooner() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    renderer.perform(.submit(ScriptedRenderer.Script.blocking, context: 1)) { _ in Issue.record("it was completed") }
    script.waiting.wait()
    #expect(!renderer.end(within: .milliseconds(50)))
    #expect(renderer.isAbandoned)
  }

  @Test("is abandoned while it starts, too")
  func start() throws {
    let never = DispatchSemaphore(value: 0)
    let script = try ScriptedRenderer.Script()
    let error = #expect(throws: RendererError.self) {
      try RendererThread(timeLimit: .milliseconds(500)) { _ in
      } make: {
        never.wait()
        return ScriptedRenderer(script)
      }
    }
    #expect(error?.description == "The renderer did not finish its start within 0.5 s, so it was abandoned.")
    never.signal()
  }

  @Test("is abandoned while it starts when the run ends, and what says so is not taken")
  func interruptedStart() throws {
    let never = DispatchSemaphore(value: 0)
    let script = try ScriptedRenderer.Script()
    let interruption = try EventCounter()
    let error = #expect(throws: RendererError.self) {
      try RendererThread(timeLimit: .seconds(600), interruption: interruption.descriptor) { _ in
      } make: {
        interruption.signal()
        never.wait()
        return ScriptedRenderer(script)
      }
    }
    #expect(error?.description == "The renderer was abandoned during its start: the run ends.")
    #expect(interruption.drain())
    never.signal()
  }
}

@Suite("The end of a renderer on its thread")
struct RendererEndTests {
  @Test("dropping it waits for the call that is under way, and completes nothing")
  func waiting() throws {
    let script = try ScriptedRenderer.Script()
    let opener = try NamedThread("opener") {
      script.waiting.wait()
      script.gate.signal()
    }
    try {
      let renderer = try RendererThread.scripted(script)
      renderer.perform(.submit(ScriptedRenderer.Script.blocking, context: 1)) { _ in Issue.record("completed") }
      renderer.perform(.submit([], context: 2)) { _ in Issue.record("completed") }
    }()
    // Where the end came first, the commands were dropped, and nothing waits at the gate.
    script.waiting.signal()
    opener.join()
    #expect(script.names.first == "start")
    #expect(script.names.last == "end")
    #expect(script.threads.count == 1)
  }

  @Test("ending it twice is ending it once, and commands fail after it")
  func twice() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    #expect(renderer.end(within: .seconds(120)))
    #expect(renderer.end())
    #expect(!renderer.isAbandoned)
    var failure: RendererError?
    renderer.perform(.reset) { if case .failure(let error) = $0 { failure = error } }
    #expect(failure == RendererError(.failed, "The renderer has ended."))
    #expect(script.names == ["start", "end"])
  }
}
