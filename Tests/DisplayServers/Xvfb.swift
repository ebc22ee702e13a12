package import Display
import Foundation
import Glibc
private import Synchronization

/// X server that draws into a file, and actions of its user. It ends when this object is released.
package final class Xvfb: Sendable {
  private static let path = "/usr/bin/Xvfb"
  package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  private static let user = "/usr/bin/xdotool"
  /// True when xdotool is installed, which acts as a user.
  package static var canActAsUser: Bool { FileManager.default.isExecutableFile(atPath: user) }

  /// The value for `DISPLAY`: `:99`.
  package let display: String
  private let process: pid_t
  private let folder: URL
  private let isGone = Atomic<Bool>(false)

  /// Starts a server with one screen of this size, and returns when it takes connections.
  package init(_ size: Size) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("xvfb-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = Pipe()
    let writer = output.fileHandleForWriting
    process = try Self.spawn([
      Self.path, "-displayfd", "\(writer.fileDescriptor)", "-screen", "0", "\(size)x24", "-fbdir", folder.path,
      "-nolisten", "tcp", "-noreset",
    ])
    try writer.close()
    var number = ""
    while !number.hasSuffix("\n") {
      let bytes = output.fileHandleForReading.availableData
      guard !bytes.isEmpty else { throw CocoaError(.executableLoad) }
      number += String(decoding: bytes, as: UTF8.self)
    }
    display = ":\(number.dropLast())"
  }

  deinit {
    if !isGone.load(ordering: .relaxed) {
      kill(process, SIGCONT)
      kill(process, SIGTERM)
      waitpid(process, nil, 0)
    }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Lets xdotool wait for the window of a title and act on it. xdotool gives up when another window goes away while it
  /// searches, so it is started up to five times.
  package func act(on title: String, _ arguments: [String]) throws {
    let search = ["search", "--sync", "--onlyvisible", "--name", title]
    for _ in 0..<5 {
      var status: Int32 = 0
      let process = try Self.spawn(
        ["/usr/bin/timeout", "60", "/usr/bin/env", "DISPLAY=\(display)", Self.user] + search + arguments)
      // Safe: the status is stored in a local.
      unsafe waitpid(process, &status, 0)
      if status == 0 { return }
    }
    throw CocoaError(.executableRuntimeMismatch)
  }

  /// Stops the server until ``resume()``.
  package func suspend() { kill(process, SIGSTOP) }

  /// Continues the server.
  package func resume() { kill(process, SIGCONT) }

  /// Ends the server as a crash does, and returns when it is gone; its clients are told nothing.
  package func crash() {
    guard !isGone.exchange(true, ordering: .relaxed) else { return }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// The colour of a pixel of the screen as 0xRRGGBB; nil when it lies outside.
  package func pixel(_ x: Int, _ y: Int) throws -> UInt32? {
    // An X window dump: a header of big-endian words, a colour map of 12 bytes an entry, then rows of pixels.
    let bytes = try Data(contentsOf: folder.appendingPathComponent("Xvfb_screen0"))
    guard bytes.count >= 100 else { return nil }
    func word(_ index: Int) -> Int {
      bytes[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let (width, height, stride) = (word(4), word(5), word(12))
    let offset = word(0) + word(19) * 12 + y * stride + x * 4
    guard (0..<width).contains(x), (0..<height).contains(y), offset + 3 <= bytes.count else { return nil }
    return bytes[offset..<offset + 3].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Starts a program that takes every signal: the threads of tests block some, and children inherit that.
  private static func spawn(_ arguments: [String]) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    var none = sigset_t()
    // Safe: attributes, set and strings are locals that live across the calls; the strings are freed afterwards.
    unsafe posix_spawnattr_init(&attributes)
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process = pid_t()
    let result = unsafe posix_spawn(&process, arguments[0], nil, &attributes, &words, environ)
    guard result == 0 else { throw CocoaError(.executableLoad) }
    return process
  }
}
