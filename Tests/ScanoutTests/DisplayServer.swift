import Foundation
import Testing

/// A display that nobody looks at, and the hand of its user. It goes with its object.
final class DisplayServer {
  private static let server = "/usr/bin/Xvfb"
  private static let user = "/usr/bin/xdotool"
  static let isInstalled = [server, user].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

  /// As `DISPLAY` wants it: `:99`.
  let name: String
  private let process = Process()

  init() throws {
    let output = Pipe()
    process.executableURL = URL(filePath: Self.server)
    process.arguments = ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var number = ""
    while !number.hasSuffix("\n") {
      let bytes = output.fileHandleForReading.availableData
      try #require(!bytes.isEmpty)
      number += String(decoding: bytes, as: UTF8.self)
    }
    name = ":\(number.dropLast())"
  }

  /// Has xdotool find the window of a title, as soon as there is one, and do something to it. It gives up when another
  /// window goes away while it searches, so it gets a few tries.
  func act(on title: String, _ arguments: [String]) throws {
    let isDone = try (0..<5).contains { _ in
      let user = Process()
      user.executableURL = URL(filePath: Self.user)
      user.arguments = ["search", "--sync", "--onlyvisible", "--name", title] + arguments
      user.environment = ["DISPLAY": name]
      user.standardOutput = FileHandle.nullDevice
      try user.run()
      user.waitUntilExit()
      return user.terminationStatus == 0
    }
    #expect(isDone)
  }

  deinit {
    process.terminate()
  }
}
