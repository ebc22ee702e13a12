import CLinux
import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import Virtqueue

/// Peers and guests that try to exhaust the processor, memory, descriptors, or the only session of the socket. Each has
/// its bound, and the next peer is served.
@Suite("A peer that exhausts a resource", .timeLimit(.minutes(10)))
struct GreedyPeerTests {
  @Test("a kick that counts down by ones costs no processor time")
  func semaphore() throws {
    let program = try ServedProgram()
    do {
      let (_, link) = try program.startGuest()
      let kick = Descriptor(owning: eventfd(1 << 30, Int32(EFD_SEMAPHORE | EFD_NONBLOCK)))
      try link.frontEnd.tell(.setVringKick(VringEvent(index: 0, descriptor: kick)))
      let before = try program.processorTime()
      Thread.sleep(forTimeInterval: 3)
      // A loop that turned all the time would have taken most of the three seconds, or what others leave of them.
      #expect(try program.processorTime() - before < 0.5)
      #expect(try link.frontEnd.queueCount() == 2)
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  @Test("a peer that shortens its memory while it is read loses its session, and nothing else is lost")
  func tornMemory() throws {
    let program = try ServedProgram()
    do {
      let (driver, _) = try program.startGuest(memory: 96 << 20)
      let frame = try Framebuffer(driver, size: Size(width: 1024, height: 16384), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
      let before = try privateMemory(of: program)
      // The rings lie before the image, and stay.
      try driver.ram.file.truncate(to: frame.address - GuestRAM.guestBase)
      // Its response comes, or the end of the session.
      _ = try? frame.flush()
      #expect(program.running.logs("shortened a file under guest memory in use"), "\(program.running.errors)")
      // The mapping that replaced 64 MiB costs no memory.
      #expect(try privateMemory(of: program) < before + (16 << 10))
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  /// Private memory of the program, in KiB.
  private func privateMemory(of program: ServedProgram) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(program.processID)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
    return try #require(Int(line.filter(\.isNumber)))
  }

  @Test("half a message keeps its session for ten seconds, though its peer goes on to send", arguments: [1, 12, 15])
  func halfAMessage(count: Int) throws {
    let program = try ServedProgram()
    let half = try UnixSocket.connect(to: program.socketPath)
    try half.send(Array(FrontEndMessage.setFeatures(0).encoded(flags: .version).prefix(count)))
    #expect(program.running.logs("the rest did not come within 10 seconds"))
    program.expectNextServed("while the other is still connected")
    withExtendedLifetime(half) {}
    program.expectOrderlyEnd()
  }

  @Test("without free descriptors, front ends wait, and are served when there are some again")
  func noDescriptors() throws {
    let program = try ServedProgram()
    let free = try lowestFreeDescriptor(of: program)
    try setDescriptorLimit(of: program, to: free)
    let waiting = try UnixSocket.connect(to: program.socketPath)
    #expect(program.running.logs("Too many open files"), "\(program.running.errors)")
    waiting.shutdown()
    // One more, for the socket, and none for what a session needs.
    try setDescriptorLimit(of: program, to: free + 1)
    let another = try UnixSocket.connect(to: program.socketPath)
    #expect(try another.receive(1).isEnd)
    try setDescriptorLimit(of: program, to: nil)
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  @Test("without free descriptors, clients of the control socket wait, and are served when there are some again")
  func noDescriptorsForControl() throws {
    let folder = TemporaryFolder.forSuite()
    let program = try ServedProgram(["--control", folder.path("c")])
    let free = try lowestFreeDescriptor(of: program)
    try setDescriptorLimit(of: program, to: free)
    let waiting = try UnixSocket.connect(to: folder.path("c"))
    try waiting.send(Array("{\"request\":\"list\"}\n".utf8))
    // It has tried by the time that it has found out about this one, which comes later.
    let other = try UnixSocket.connect(to: program.socketPath)
    #expect(program.running.logs("Too many open files"), "\(program.running.errors)")
    other.shutdown()
    try setDescriptorLimit(of: program, to: nil)
    #expect(try waiting.receive(1000).bytes.first == UInt8(ascii: "{"))
    waiting.shutdown()
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  /// The number that the program's next descriptor gets.
  private func lowestFreeDescriptor(of program: ServedProgram) throws -> UInt64 {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processID)/fd")
    let numbers = Set(names.compactMap(UInt64.init))
    return (0...).lazy.map { UInt64($0) }.first { !numbers.contains($0) } ?? 0
  }

  /// Limits the program to descriptors below this number; nil: the hard limit.
  private func setDescriptorLimit(of program: ServedProgram, to count: UInt64?) throws {
    let limits = try String(contentsOfFile: "/proc/\(program.processID)/limits", encoding: .utf8)
    let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
    let hard = try #require(line.split(separator: " ").dropLast().last)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/prlimit")
    process.arguments = ["--pid", "\(program.processID)", "--nofile=\(count.map { "\($0)" } ?? String(hard)):"]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test("another program's socket at the path stays when the device ends")
  func foreignPath() throws {
    let program = try ServedProgram()
    try FileManager.default.removeItem(atPath: program.socketPath)
    let other = try UnixListener(path: program.socketPath)
    program.expectOrderlyEnd()
    #expect(FileManager.default.fileExists(atPath: program.socketPath))
    withExtendedLifetime(other) {}
  }

  @Test("sockets belong to their user alone, whatever the umask is")
  func modes() throws {
    let folder = TemporaryFolder.forSuite()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "umask 0; exec \"$0\" serve --socket-path \"$1\" --control \"$2\" --discard", Program.url.path,
      folder.path("s"), folder.path("c"),
    ]
    let running = Program.Running(process)
    try process.run()
    try #require(running.logs("waiting for a virtual machine"), "\(running.errors)")
    for name in ["s", "c"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    process.terminate()
    #expect(running.finish().status == 0)
  }
}
