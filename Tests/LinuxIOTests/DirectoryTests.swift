import Foundation
import LinuxIO
import Testing

@Suite("a directory")
struct DirectoryTests {
  private let path = FileManager.default.temporaryDirectory.path + "/directory-tests-\(UUID().uuidString)"

  private func inFolder(_ body: (Directory) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(Directory.make(path))
  }

  @Test("is made with those above it, and once more without harm")
  func make() throws {
    try inFolder { _ in
      _ = try Directory.make(path + "/a/b//c/")
      _ = try Directory.make(path + "/a/b/c")
      #expect(try Directory(path + "/a/b").names() == ["c"])
      #expect(throws: SystemError.self) { try Directory(path + "/z") }
    }
  }

  @Test("replaces a file at once, and leaves nothing beside it")
  func replace() throws {
    try inFolder { folder in
      try folder.replace("file", with: [1, 2, 3], through: ".new")
      let old = try folder.open("file")
      try folder.replace("file", with: [4], through: ".new")
      #expect(try folder.open("file").read(100, at: 0) == [4])
      // Who had the old file open still has all of it.
      #expect(try old.read(100, at: 1) == [2, 3])
      #expect(try folder.names() == ["file"])
      try folder.remove("file")
      try folder.remove("file")
      #expect(try folder.names() == [])
    }
  }

  @Test("names the file and the reason when something fails")
  func errors() throws {
    try inFolder { folder in
      try folder.makeDirectory("sub")
      try folder.makeDirectory("sub")
      let missing = #expect(throws: SystemError.self) { try folder.open("none") }
      #expect(missing?.description == "open \(path)/none: No such file or directory")
      let wrongPlace = #expect(throws: SystemError.self) { try folder.replace("no/file", with: [], through: "no/new") }
      #expect(wrongPlace?.description == "write \(path)/no/file: No such file or directory")
      let taken = #expect(throws: SystemError.self) { try folder.replace("sub", with: [], through: ".new") }
      #expect(taken?.description == "write \(path)/sub: Is a directory")
      #expect(throws: SystemError.self) { try folder.open("sub") }
      #expect(throws: SystemError.self) { try folder.remove("sub") }
    }
  }

  @Test("refuses to read a pipe instead of waiting for its writer")
  func pipe() throws {
    try inFolder { folder in
      // Safe: the path is only read.
      #expect(unsafe mkfifo(path + "/pipe", 0o600) == 0)
      #expect(throws: SystemError.self) { try folder.open("pipe") }
    }
  }

  @Test("lists names in the order of their bytes, whatever is in them")
  func names() throws {
    try inFolder { folder in
      let names = ["b", "B", "a10", "a9", "é", String(repeating: "n", count: 255)]
      for name in names { try folder.replace(name, with: [], through: ".new") }
      #expect(try folder.names() == ["B", "a10", "a9", "b", String(repeating: "n", count: 255), "é"])
      #expect(throws: SystemError.self) { try folder.names(in: "b") }
    }
  }

  @Test("has logs that only grow, and are never begun twice")
  func log() throws {
    try inFolder { folder in
      let log = try folder.makeLog("log")
      try log.write([1, 2])
      try log.write([3])
      #expect(try folder.open("log").read(10, at: 0) == [1, 2, 3])
      try log.truncate(to: 1)
      try log.write([9])
      #expect(try folder.open("log").read(10, at: 0) == [1, 9])
      #expect(throws: SystemError.self) { try folder.makeLog("log") }
    }
  }

  @Test("gives fewer bytes only where a file ends")
  func read() throws {
    try inFolder { folder in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      try folder.replace("file", with: bytes, through: ".new")
      let file = try folder.open("file")
      #expect(try file.read(200_000, at: 0) == Array(bytes.prefix(200_000)))
      #expect(try file.read(200_000, at: 200_000) == Array(bytes.dropFirst(200_000)))
      #expect(try file.read(1, at: 300_000) == [])
      #expect(try file.read(0, at: 5) == [])
      #expect(throws: SystemError.self) { try file.read(1, at: .max) }
    }
  }
}
