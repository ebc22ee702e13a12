import CLinux
import Foundation
import Glibc
import LinuxIO
import Testing

@Suite("Sockets that carry descriptors")
struct UnixSocketTests {
  /// A path that no other test uses, short enough for a socket.
  private func makePath() -> String { "/tmp/scanout-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

  private func inUse(_ path: String) -> SystemError {
    SystemError("listen at \(path), where another program listens or a file is in the way", code: EADDRINUSE)
  }

  @Test("bytes and descriptors arrive together, and both sides see the same memory")
  func descriptors() throws {
    let (near, far) = try UnixSocket.makePair()
    let file = try MappedMemory.makeFile(named: "test", count: 4096)
    try near.send([1, 2, 3], descriptors: [file, file])
    let received = try far.receive(16)
    #expect(received.bytes == [1, 2, 3])
    #expect(received.descriptors.count == 2)
    let mine = try MappedMemory(file, offset: 0, count: 4096)
    let theirs = try MappedMemory(#require(received.descriptors.first), offset: 0, count: 4096)
    // Safe: byte 7 is inside both mappings.
    unsafe mine.withBytes { unsafe $0[7] = 42 }
    #expect(unsafe theirs.withBytes { unsafe $0[7] } == 42)
  }

  @Test("descriptors that were not asked for are closed, and the reader is told")
  func surplus() throws {
    let (near, far) = try UnixSocket.makePair()
    let file = try MappedMemory.makeFile(named: "surplus-of-a-socket", count: 4096)
    for _ in 0..<20 {
      try near.send([1], descriptors: [file, file, file])
      let received = try far.receive(1, maximumDescriptors: 1)
      #expect(received.descriptors.count == 1)
      #expect(received.descriptorsWereDropped)
    }
    // Ours is the only one left.
    #expect(try openDescriptors(named: "surplus-of-a-socket") == 1)
    withExtendedLifetime(file) {}
  }

  @Test("all descriptors that a message can carry are taken, and none is left open")
  func many() throws {
    let (near, far) = try UnixSocket.makePair()
    let name = "one-of-many-\(UInt32.random(in: 0 ... .max))"
    do {
      let file = try MappedMemory.makeFile(named: name, count: 4096)
      try near.send([1, 2, 3], descriptors: Array(repeating: file, count: 253))
      try near.send([4], descriptors: Array(repeating: file, count: 253))
      #expect(throws: SystemError.self) { try near.send([1], descriptors: Array(repeating: file, count: 254)) }
    }
    let received = try far.receive(3, maximumDescriptors: 300)
    #expect(received.descriptors.count == 253)
    #expect(!received.descriptorsWereDropped)
    // Those that come beside bytes which are only counted.
    var buffer: [UInt8] = [0]
    #expect(try far.receive(1, into: &buffer) == 1)
    #expect(try openDescriptors(named: name) == 253)
    withExtendedLifetime(received) {}
  }

  @Test("a peer that is gone is an error to write to, not a signal")
  func peerGone() throws {
    let (near, far) = try UnixSocket.makePair()
    far.shutdown()
    #expect(throws: SystemError.self) { try near.send([1, 2, 3]) }
  }

  @Test("a socket left behind is replaced; one in use is not, and does not notice the attempt")
  func listening() throws {
    let path = makePath()
    do {
      // A descriptor that is closed without its path being taken away: what a killed process leaves.
      let abandoned = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      // Safe: the path is shorter than the field, and the address lives across the call.
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
      _ = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(abandoned, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      close(abandoned)
      // Programs that other tests start have it too, until they run.
      for _ in 0..<1000 where try String(contentsOfFile: "/proc/net/unix", encoding: .utf8).contains(path) {
        usleep(10_000)
      }
    }
    let listener = try UnixListener(path: path)
    #expect(throws: inUse(path)) { try UnixListener(path: path) }
    #expect(try listener.accept() == nil, "the attempt to take its path must not reach a listener")
    _ = try UnixSocket.connect(to: path)
    #expect(try listener.accept() != nil)
    withExtendedLifetime(listener) {}
  }

  @Test("a file that is not a socket, or a link, is left alone")
  func otherFile() throws {
    let (path, link) = (makePath(), makePath())
    try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    defer { for name in [path, link] { try? FileManager.default.removeItem(atPath: name) } }
    for name in [path, link] {
      #expect(throws: inUse(name)) { try UnixListener(path: name) }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: link)) == Data("precious".utf8))
  }

  @Test("a socket is its user's alone, from its first moment")
  func mode() throws {
    let path = makePath()
    let listener = try UnixListener(path: path)
    var status = stat()
    // Safe: the path is only read, and the call fills a local.
    try #require(unsafe lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    withExtendedLifetime(listener) {}
  }

  @Test("a listener that goes takes its own path away, and not what another program has put there meanwhile")
  func foreignPath() throws {
    let path = makePath()
    do {
      var listener: UnixListener? = try UnixListener(path: path)
      // Safe: the path is only read.
      try #require(unsafe unlink(path) == 0)
      let other = try UnixListener(path: path)
      #expect(listener?.path == path)
      listener = nil
      #expect(FileManager.default.fileExists(atPath: path))
      withExtendedLifetime(other) {}
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a path whose listener is too busy to accept is in use, which is found out without waiting")
  func busyListener() throws {
    let path = makePath()
    let listener = try UnixListener(path: path)
    // One more than the length of its queue; the next one would wait.
    let waiting = try (0..<9).map { _ in try UnixSocket.connect(to: path) }
    #expect(throws: inUse(path)) { try UnixListener(path: path) }
    withExtendedLifetime((listener, waiting)) {}
  }

  @Test("of descriptors that come by number, only connected stream sockets are taken")
  func adopting() throws {
    let (near, far) = try UnixSocket.makePair()
    let mine = try UnixSocket(adopting: dup(near.descriptor.rawValue))
    try mine.send([7])
    #expect(try far.receive(1).bytes == [7])

    let listener = try UnixListener(path: makePath())
    let file = try MappedMemory.makeFile(named: "test", count: 1)
    for (number, code) in [
      (-1, EBADF), (file.rawValue, ENOTSOCK), (listener.descriptor.rawValue, ENOTCONN),
    ] {
      #expect(throws: SystemError("use descriptor \(number) as a socket", code: code)) {
        try UnixSocket(adopting: number)
      }
    }
    withExtendedLifetime((file, listener)) {}
  }

  @Test("the path goes with the listener")
  func unlinked() throws {
    let path = makePath()
    do { _ = try UnixListener(path: path) }
    #expect(throws: SystemError("connect to \(path)", code: ENOENT)) { try UnixSocket.connect(to: path) }
  }

  @Test("a path that is too long, or empty, is an error that says so", arguments: [0, 108, 5000])
  func length(count: Int) throws {
    let path = String(repeating: "x", count: count)
    do {
      _ = try UnixListener(path: path)
      Issue.record("a path of \(count) bytes was accepted")
    } catch {
      #expect(error.code == ENAMETOOLONG)
      #expect("\(error)".contains("\(count) bytes"))
    }
  }

  /// How many descriptors of this process are open on a file of this name.
  private func openDescriptors(named name: String) throws -> Int {
    // What a peer sent is closed by another thread.
    for _ in 0..<60_000 where DescriptorCloser.shared.unclosedCount > 0 { usleep(1000) }
    let folder = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).count { number in
      // A descriptor of another test may close while we look.
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)"))?.contains(name) == true
    }
  }
}
