import Dispatch
import Display
import Glibc
import LinuxIO
import Testing
import VirglRendering
import VirtioGPU
import Virtqueue

@Suite("A renderer on a thread of its own")
struct RendererThreadTests {
  @Test("everything from the start to the end happens on one thread, which is not the caller's")
  func thread() throws {
    let script = try ScriptedRenderer.Script()
    try {
      let renderer = try RendererThread.scripted(script)
      #expect(renderer.capsets == [Capset(id: 2, version: 2, data: [1, 2, 3])])
      try renderer.wait(for: .submit([], context: 1))
      try renderer.wait(for: .createFence(RendererFence(timeline: .global, number: 1)))
    }()
    #expect(script.names == ["start", "submit 1", "fence 1", "end"])
    #expect(script.threads.count == 1)
    #expect(!script.threads.contains(pthread_self()))
  }

  @Test("each command reaches the renderer unchanged")
  func commands() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    let blob = RendererBlob(resourceID: 7, context: 1, memory: .host3D, flags: [], blobID: 1, size: 4096)
    let surface = try Surface(size: Size(width: 4, height: 4), format: .b8g8r8x8)
    let box = Transfer3D(box: Box(width: 1, height: 1), resourceID: 5)
    let all: [RendererCommand] = [
      .createContext(1, capset: 2, name: "test"),
      .createResource(ResourceCreate3D(resourceID: 5, format: 1, bind: 2, width: 4, height: 4)),
      .createBlob(blob), .attachResource(5, context: 1), .setBacking([], resource: 5),
      .transfer(box, .toHost, context: 0), .transfer(box, .fromHost, context: 0), .submit([], context: 1),
      .createFence(RendererFence(timeline: .global, number: 8)),
      .read(Rectangle(surface.size), resource: 5, surface), .setBacking(nil, resource: 5),
      .detachResource(5, context: 1), .destroyResource(5), .destroyContext(1), .reset,
    ]
    for command in all {
      guard case .done = try renderer.wait(for: command) else {
        Issue.record("\(command) has a file")
        continue
      }
    }
    guard case .file(let file) = try renderer.wait(for: .shareBlob(7)) else {
      Issue.record("a shared blob has no file")
      return
    }
    #expect(file.count == 4096)
    #expect(
      script.names == [
        "start", "context 1", "resource 5", "blob 7", "attach 5", "backing 5", "transfer toHost", "transfer fromHost",
        "submit 1", "fence 8", "read 5", "backing 5", "detach 5", "no resource 5", "no context 1", "reset",
      ])
    #expect(surface.words.allSatisfy { $0 & 0xFFFFFF == 0xFF0000 })
  }

  @Test("completions come in the order of the commands, with their errors")
  func order() throws {
    let renderer = try RendererThread.scripted(try ScriptedRenderer.Script())
    var completed: [Int] = []
    var failed: [Int] = []
    for number in 0..<1000 {
      renderer.perform(.submit(number % 10 == 3 ? ScriptedRenderer.Script.failing : [], context: 1)) { result in
        completed.append(number)
        if case .failure(let error) = result, error.kind == .invalid { failed.append(number) }
      }
    }
    try renderer.deliver(until: { completed.count == 1000 })
    #expect(completed == Array(0..<1000))
    #expect(failed == Array(stride(from: 3, to: 1000, by: 10)))
  }

  @Test("after a reset was sent, nothing is drawn any more that was sent before it")
  func needless() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    var completed = 0
    func send(_ command: RendererCommand) { renderer.perform(command) { _ in completed += 1 } }
    send(.submit(ScriptedRenderer.Script.blocking, context: 1))
    script.waiting.wait()
    for _ in 0..<600 { send(.submit([], context: 2)) }
    send(.destroyContext(2))
    send(.reset)
    send(.submit([], context: 3))
    script.gate.signal()
    try renderer.deliver(until: { completed == 604 })
    #expect(script.names == ["start", "submit 1", "no context 2", "reset", "submit 3"])
  }

  @Test("sending never waits, and commands completed before a long one are delivered")
  func asynchronous() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    var completed: [Int] = []
    for (number, commands) in [[], ScriptedRenderer.Script.blocking, []].enumerated() {
      renderer.perform(.submit(commands, context: 1)) { _ in completed.append(number) }
    }
    script.waiting.wait()
    try renderer.deliver(until: { completed == [0] })
    script.gate.signal()
    try renderer.deliver(until: { completed.count == 3 })
    #expect(completed == [0, 1, 2])
    renderer.deliver()
    // The timer may go off once more.
    if try renderer.events?.wait(for: .readable, timeoutMilliseconds: 100) == true { renderer.deliver() }
    #expect(try renderer.events?.wait(for: .readable, timeoutMilliseconds: 100) == false, "nothing is left")
  }

  @Test("a completion may send commands and deliver others")
  func nested() throws {
    let renderer = try RendererThread.scripted(try ScriptedRenderer.Script())
    var completed: [Int] = []
    renderer.perform(.submit([], context: 1)) { [unowned renderer] _ in
      completed.append(1)
      renderer.perform(.submit([], context: 1)) { _ in completed.append(3) }
      renderer.deliver()
    }
    renderer.perform(.submit([], context: 1)) { _ in completed.append(2) }
    try renderer.deliver(until: { completed.count == 3 })
    #expect(completed == [1, 2, 3])
  }

  @Test("fences are delivered between completions, each after the completion of its own command")
  func fences() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    var events: [String] = []
    renderer.onFence = { events.append("reached \($0.number)") }
    let fences = (UInt64(1)...3).map { RendererFence(timeline: .ring(context: 1, index: 0), number: $0) }
    for fence in fences { renderer.perform(.createFence(fence)) { _ in events.append("made \(fence.number)") } }
    try renderer.deliver(until: { events.count == 3 })
    script.reach(fences[0], fences[1])
    try renderer.deliver(until: { events.count == 5 })
    renderer.perform(.submit([], context: 1)) { _ in events.append("submitted") }
    try renderer.deliver(until: { events.count == 6 })
    script.reach(fences[2])
    try renderer.deliver(until: { events.count == 7 })
    #expect(events == ["made 1", "made 2", "made 3", "reached 1", "reached 2", "submitted", "reached 3"])
  }

  @Test("a stream of commands that does not end does not hold back fences")
  func fencesBetweenCommands() throws {
    let script = try ScriptedRenderer.Script()
    let renderer = try RendererThread.scripted(script)
    var isReached = false
    renderer.onFence = { _ in isReached = true }
    // Each command that completes is followed by another one.
    func send() {
      renderer.perform(.submit([], context: 1)) { _ in if !isReached { send() } }
    }
    for _ in 0..<100 { send() }
    script.reach(RendererFence(timeline: .global, number: 1))
    try renderer.deliver(until: { isReached })
    renderer.end()
  }

  @Test("with a renderer without events, a fence is reached when it was made")
  func immediateFences() throws {
    let renderer = try RendererThread.scripted(try ScriptedRenderer.Script(hasEvents: false))
    var events: [String] = []
    renderer.onFence = { events.append("reached \($0.number)") }
    for number in UInt64(1)...2 {
      renderer.perform(.createFence(RendererFence(timeline: .global, number: number))) { _ in
        events.append("made \(number)")
      }
    }
    try renderer.deliver(until: { events.count == 4 })
    #expect(events == ["made 1", "reached 1", "made 2", "reached 2"])
  }

  @Test(
    "memory of the guest is released before a command that takes it away completes",
    arguments: ["UNREF", "DETACH", "reset"])
  func backing(command: String) throws {
    let renderer = try RendererThread.scripted(try ScriptedRenderer.Script())
    weak var mapping: AnyObject?
    try {
      let memory = try MappedMemory(MappedMemory.makeFile(named: "guest", count: 4096), offset: 0, count: 4096)
      mapping = memory
      try renderer.wait(for: .setBacking([GuestRange(memory)], resource: 5))
    }()
    #expect(mapping != nil)
    let commands: [String: RendererCommand] = [
      "UNREF": .destroyResource(5), "DETACH": .setBacking(nil, resource: 5), "reset": .reset,
    ]
    var isReleased: Bool?
    renderer.perform(try #require(commands[command])) { _ in isReleased = mapping == nil }
    try renderer.deliver(until: { isReleased != nil })
    #expect(isReleased == true)
  }

  @Test("what cannot be started is an error, and the thread ends")
  func startFails() throws {
    struct Missing: Error {}
    #expect(throws: Missing.self) {
      try RendererThread(timeLimit: .seconds(120)) { _ in
      } make: {
        throw Missing()
      }
    }
  }
}
