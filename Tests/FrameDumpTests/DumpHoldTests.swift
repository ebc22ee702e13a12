import Display
import Foundation
import Frames
import LinuxIO
import PNG
import ScanoutTesting
import Testing

@testable import FrameDump

/// Lets the writer of a dump go on, or not; or makes it fail.
final class Gate: @unchecked Sendable {
  private let condition = NSCondition()
  private var isOpen: Bool
  private var failure: SystemError?

  init(isOpen: Bool = false) {
    self.isOpen = isOpen
  }

  func open(failing failure: SystemError? = nil) {
    condition.withLock {
      isOpen = true
      self.failure = failure
      condition.broadcast()
    }
  }

  func pass() throws(SystemError) {
    condition.lock()
    defer { condition.unlock() }
    while !isOpen { condition.wait() }
    if let failure { throw failure }
  }
}

@Suite("a dump on a disk that does not respond")
struct DumpHoldTests {
  /// A guest with a scanout or two, which waits while it is held.
  private struct DumpedGuest {
    let source = DisplaySource()
    let surfaces: [Surface]
    private var step: UInt64 = 0

    init(_ sink: FrameDumpSink, scanouts: Int = 1) throws {
      surfaces = try (0..<scanouts).map { try Scene.surface(16, UInt32(8 + 4 * $0)) }
      try source.add(sink, named: "dump", policy: .required)
      for scanout in surfaces.indices { try show(scanout) }
    }

    func show(_ scanout: Int, _ surface: Surface? = nil) throws {
      try source.emit(.scanout(surface ?? surfaces[scanout]), on: scanout, at: .zero)
    }

    /// Draws and flushes on all scanouts, and does not look whether it may.
    mutating func flush() throws {
      step += 1
      let damage = Rectangle(x: UInt32(step % 16), y: 1, width: 1, height: UInt32(1 + step % 5))
      for surface in surfaces { surface.fill(damage, with: Color(red: UInt8(step), green: 9, blue: 200)) }
      for scanout in surfaces.indices { try source.emit(.damage(damage), on: scanout, at: time) }
      for scanout in surfaces.indices { try source.emit(.frame(step), on: scanout, at: time) }
    }

    mutating func tick() throws {
      for scanout in surfaces.indices { try source.emit(.vsync(tick: step), on: scanout, at: time) }
    }

    private var time: DisplayTime { DisplayTime(nanoseconds: step * 1_000_000) }
  }

  /// Makes a dump whose writer waits at the gate, and a second one that nothing hinders; both must be the same.
  private func compare(
    _ options: FrameDumpOptions = FrameDumpOptions(), scanouts: Int = 1,
    _ body: (_ guest: inout DumpedGuest, _ sink: FrameDumpSink, _ gate: Gate?) throws -> Void
  ) throws {
    let folder = try TemporaryFolder()
    for (name, gate) in [("hindered", Gate()), ("free", nil)] as [(String, Gate?)] {
      let sink = try FrameDumpSink(path: folder(name), options: options) { () throws(SystemError) in try gate?.pass() }
      var guest = try DumpedGuest(sink, scanouts: scanouts)
      try body(&guest, sink, gate)
      try guest.source.finish()
      #expect(!guest.source.isHeld)
      #expect(sink.framesWaiting == 0)
    }
    try expectSameFiles(folder.files(in: "hindered"), folder.files(in: "free"))
    #expect(try Recording.open(folder("hindered")).problems == [])
  }

  @Test("holds its source with the second frame that waits, and loses nothing", arguments: FrameMode.allCases)
  func holds(frames: FrameMode) throws {
    try compare(FrameDumpOptions(frames: frames)) { guest, sink, gate in
      try guest.flush()
      try guest.tick()
      if gate != nil {
        #expect(!guest.source.isHeld)
        #expect(sink.framesWaiting == 1)
      }
      try guest.flush()
      if gate != nil {
        #expect(guest.source.isHeld)
        #expect(sink.framesWaiting == 2)
      }
      gate?.open()
      try guest.source.waitUntilReleased()
      for _ in 0..<20 {
        try guest.flush()
        try guest.tick()
        try guest.source.waitUntilReleased()
      }
    }
  }

  @Test("takes the frames that were under way when the hold began, of all scanouts", arguments: CursorMode.allCases)
  func underWay(cursor: CursorMode) throws {
    try compare(FrameDumpOptions(cursor: cursor), scanouts: 3) { guest, sink, gate in
      try guest.flush()
      if gate != nil { #expect(guest.source.isHeld) }
      try guest.source.emit(.cursor(Scene.cursor()), on: 1, at: .zero)
      try guest.source.emit(.cursorMoved(Point(x: 3, y: 2)), on: 1, at: .zero)
      for _ in 0..<5 { try guest.flush() }
      if gate != nil { #expect(sink.framesWaiting == 18) }
      gate?.open()
      try guest.source.waitUntilReleased()
      try guest.flush()
    }
  }

  @Test("takes the end of each scanout when its guest is reset while it is held, and what comes after")
  func reset() throws {
    try compare(scanouts: 2) { guest, sink, gate in
      for _ in 0..<3 { try guest.flush() }
      if gate != nil { #expect(guest.source.isHeld) }
      for scanout in 0..<2 { try guest.source.emit(.scanout(nil), on: scanout, at: .zero) }
      gate?.open()
      try guest.source.waitUntilReleased()
      // The same surfaces again, the other way round, so that each scanout has another size.
      for scanout in 0..<2 { try guest.show(scanout, guest.surfaces[1 - scanout]) }
      for _ in 0..<2 { try guest.flush() }
    }
  }

  @Test("holds a guest that moves its cursor all day, and has no frame")
  func cursor() throws {
    try compare { guest, sink, gate in
      var moves = Int32(0)
      while moves < 2000, !(gate != nil && guest.source.isHeld) {
        try guest.source.emit(.cursorMoved(Point(x: moves, y: 0)), on: 0, at: .zero)
        moves += 1
      }
      if gate != nil { #expect(moves < 2000) }
      gate?.open()
      try guest.source.waitUntilReleased()
      for move in moves..<2000 { try guest.source.emit(.cursorMoved(Point(x: move, y: 0)), on: 0, at: .zero) }
      try guest.flush()
    }
  }

  @Test("takes the same surface once, however often a front end that changes its memory has it shown again")
  func repeatedSurface() throws {
    let folder = try TemporaryFolder()
    try compare { guest, _, gate in
      for _ in 0..<3 { try guest.flush() }
      // The same image in other memory.
      for _ in 0..<1000 { try guest.show(0, try Scene.surface(16, 8)) }
      gate?.open()
      try guest.source.waitUntilReleased()
      try guest.show(0)
      try guest.flush()
    }
    let sink = try FrameDumpSink(path: folder("dump"))
    var guest = try DumpedGuest(sink)
    try guest.flush()
    for _ in 0..<1000 { try guest.show(0) }
    try guest.source.finish()
    let log = try String(contentsOfFile: folder("dump/events.jsonl"), encoding: .utf8)
    // The scanout is set, damaged, has a frame, and is set again.
    #expect(log.split(separator: "\n").count == 4, "\(log)")
  }

  @Test("releases surfaces of the guest with the event after its early end")
  func earlyEnd() throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(
      path: folder("dump"), options: FrameDumpOptions(limit: DumpLimit(frames: 1), whenFull: .stop))
    weak var shown: Surface?
    try {
      let surface = try Scene.surface(16, 8)
      shown = surface
      try sink.receive(.scanout(surface), on: 0, at: .zero)
    }()
    #expect(shown != nil)
    for red in 0..<2 as Range<UInt8> {
      shown?.fill(Rectangle(x: 0, y: 0, width: 16, height: 8), with: Color(red: red, green: 1, blue: 1))
      try sink.flush(Rectangle(x: 0, y: 0, width: 16, height: 8), at: .zero)
    }
    while sink.earlyEnd == nil { usleep(1000) }
    try sink.receive(.vsync(tick: 1), on: 0, at: .zero)
    #expect(shown == nil)
    try sink.finish()
  }

  @Test("lets a replay be cancelled while it is held, and writes what it was given")
  func cancelledReplay() throws {
    let folder = try TemporaryFolder()
    let replay = try ReplaySource(ReplayTests.makeDump(folder))
    let gate = Gate()
    let sink = try FrameDumpSink(path: folder("again"), options: FrameDumpOptions()) { () throws(SystemError) in
      try gate.pass()
    }
    let source = DisplaySource()
    try source.add(sink, named: "dump", policy: .required)
    try source.add(Canceller(replay, source), named: "canceller", policy: .required)
    let outcome = try replay.play(into: source)
    #expect(!outcome.isComplete)
    #expect(source.isHeld)
    #expect(sink.framesWaiting == 2)
    gate.open()
    try source.finish()
    #expect(try Recording.open(folder("again")).frames.count == 2)
  }

  /// Has another thread cancel a replay as soon as a sink before it holds the source.
  private final class Canceller: DisplaySink {
    private let replay: ReplaySource
    private let source: DisplaySource

    init(_ replay: ReplaySource, _ source: DisplaySource) {
      (self.replay, self.source) = (replay, source)
    }

    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
      guard source.isHeld else { return }
      Thread.detachNewThread { [replay] in replay.cancel() }
    }

    func finish() {}
  }

  @Test("ends its hold when writing fails, and says why with the next event")
  func failure() throws {
    let folder = try TemporaryFolder()
    let gate = Gate()
    let sink = try FrameDumpSink(path: folder("dump"), options: FrameDumpOptions()) { () throws(SystemError) in
      try gate.pass()
    }
    var guest = try DumpedGuest(sink)
    for _ in 0..<4 { try guest.flush() }
    #expect(guest.source.isHeld)
    gate.open(failing: SystemError("write", code: EIO))
    try guest.source.waitUntilReleased()
    #expect(throws: FrameDumpError.self) { try guest.flush() }
    #expect(!guest.source.isHeld)
    #expect(throws: FrameDumpError.self) { try guest.source.finish() }
    #expect(sink.framesWaiting == 0)
  }

  @Test("ends its hold when its disk is full, and its source goes on")
  func full() throws {
    let folder = try TemporaryFolder()
    let gate = Gate()
    let sink = try FrameDumpSink(path: folder("dump"), options: FrameDumpOptions(whenFull: .stop)) {
      () throws(SystemError) in try gate.pass()
    }
    var guest = try DumpedGuest(sink)
    for _ in 0..<4 { try guest.flush() }
    #expect(guest.source.isHeld)
    gate.open(failing: SystemError("write", code: ENOSPC))
    try guest.source.waitUntilReleased()
    for _ in 0..<4 {
      try guest.flush()
      #expect(!guest.source.isHeld)
    }
    try guest.source.finish()
    #expect(sink.earlyEnd?.reason == .diskFull)
  }

  @Test("is waited for at its end, with every frame that waits")
  func finish() throws {
    try compare { guest, sink, gate in
      for _ in 0..<3 { try guest.flush() }
      // The writer is not let go before the wait may have begun.
      if let gate {
        #expect(sink.framesWaiting == 3)
        Thread.detachNewThread { gate.open() }
      }
    }
  }

  @Test("lets a replay wait, so that few frames are in memory")
  func replay() throws {
    let folder = try TemporaryFolder()
    let recording = try ReplayTests.makeDump(folder)
    let sink = try FrameDumpSink(path: folder("again"), options: recording.options)
    var most = 0
    let outcome = try ReplaySource(recording).play(
      into: sink,
      ReplayOptions(step: { _ in
        most = max(most, sink.framesWaiting)
        return true
      }))
    try sink.finish()
    #expect(outcome.isComplete)
    // One that is written and one in staging memory; whoever has three waits.
    #expect(most <= 2)
    try expectSameFiles(folder.files(in: "again"), folder.files(in: "dump"))
  }
}
