import Foundation
import LinuxIO
import Testing

@Suite("a directory that is written to")
struct DirectoryWritingTests {
  private let path = FileManager.default.temporaryDirectory.path + "/directory-writing-\(UUID().uuidString)"

  /// A folder `mine` to write to, and a folder `theirs` beside it, with a file that must not change.
  private func inFolder(_ body: (Directory) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try Directory.make(path + "/mine")
    try Directory.make(path + "/theirs").replace("file", with: [7], through: ".new")
    try body(folder)
    let theirs = try Directory(path + "/theirs")
    #expect(try theirs.names() == ["file"])
    #expect(try theirs.open("file").read(10, at: 0) == [7])
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(path)/mine/\(name)", withDestinationPath: target)
  }

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
  }

  @Test("refuses to write through a folder that is a link, wherever it leads", arguments: ["../theirs", "real", "."])
  func linkedFolder(target: String) throws {
    try inFolder { folder in
      try folder.makeDirectory("real")
      try link("frames", to: target)
      for body in writers {
        let error = #expect(throws: SystemError.self) { try body(folder, "frames/file", "frames/.new") }
        #expect(error?.code == ELOOP, "\(error.map(\.description) ?? "")")
        #expect(error?.description.contains("where a symbolic link is in the way that is not followed") == true)
      }
      #expect(throws: SystemError.self) { try folder.remove("frames/file") }
      #expect(throws: SystemError.self) { try folder.makeDirectory("frames") }
      #expect(throws: SystemError.self) { try folder.makeDirectory("frames/sub") }
      #expect(throws: SystemError.self) { try folder.directory("frames") }
      #expect(throws: SystemError.self) { try folder.entries(in: "frames") }
      #expect(try folder.names() == ["frames", "real"])
      #expect(try folder.names(in: "real") == [])
    }
  }

  private var writers: [(Directory, String, String) throws -> Void] {
    [
      { try $0.add($1, [1], through: $2) }, { try $0.replace($1, with: [1], through: $2) },
      { folder, name, _ in _ = try folder.makeFile(name) }, { folder, name, _ in _ = try folder.makeLog(name) },
    ]
  }

  @Test("neither follows nor replaces a link at the name of a file, or at the one under which it is written first")
  func linkedFile() throws {
    try inFolder { folder in
      for name in ["file", ".new"] {
        try link(name, to: "../theirs/file")
        for body in writers.prefix(name == "file" ? 4 : 2) {
          #expect(throws: SystemError.self) { try body(folder, "file", ".new") }
          #expect(try folder.entries().map(\.kind) == [.link])
        }
        try folder.remove(name)
      }
      // A link to nothing is no free name.
      try link(".new", to: "../theirs/other")
      let error = #expect(throws: SystemError.self) { try folder.replace("file", with: [1], through: ".new") }
      #expect(error?.description == "write \(path)/mine/file, because \(path)/mine/.new is in the way: File exists")
    }
  }

  @Test("leads nowhere else", arguments: ["../theirs/new", "sub/../../theirs/new", "/tmp/new", "..", ".", "", "sub/"])
  func outside(name: String) throws {
    try inFolder { folder in
      try folder.makeDirectory("sub")
      for body in writers {
        #expect(throws: SystemError.self) { try body(folder, name, "\(name).new") }
      }
      #expect(throws: SystemError.self) { try folder.remove(name) }
      #expect(throws: SystemError.self) { try folder.makeDirectory(name) }
      #expect(try folder.names() == ["sub"])
    }
  }

  @Test("adds a file only where nothing is, and replaces nothing but a file")
  func add() throws {
    try inFolder { folder in
      try folder.makeDirectory("sub")
      try folder.add("sub/file", [1, 2], through: "sub/.new")
      let taken = #expect(throws: SystemError.self) { try folder.add("sub/file", [3], through: "sub/.new") }
      #expect(taken?.description == "write \(path)/mine/sub/file: File exists")
      #expect(try folder.open("sub/file").read(9, at: 0) == [1, 2])
      try folder.replace("sub/file", with: [4], through: "sub/.new")
      #expect(try folder.open("sub/file").read(9, at: 0) == [4])
      // Safe: the path is only read.
      #expect(unsafe mkfifo(path + "/mine/pipe", 0o600) == 0)
      let pipe = #expect(throws: SystemError.self) { try folder.replace("pipe", with: [4], through: ".new") }
      #expect(pipe?.operation == "write \(path)/mine/pipe, where a device, pipe or socket is in the way")
      #expect(try folder.names() == ["pipe", "sub"])
      #expect(try folder.names(in: "sub") == ["file"])
    }
  }

  @Test("what it makes is its user's alone, whatever the mask for new files lets through")
  func modes() async throws {
    let path = path
    defer { try? FileManager.default.removeItem(atPath: path) }
    // The mask is the process's, so another process has it.
    await #expect(processExitsWith: .success) { [path = path as String] in
      umask(0)
      let folder = try Directory.make(path + "/above/mine")
      try folder.makeDirectory("sub")
      try folder.replace("replaced", with: [1], through: ".new")
      try folder.add("added", [1], through: ".new")
      _ = try folder.makeLog("log")
      _ = try folder.makeFile("file")
    }
    for name in ["above", "above/mine", "above/mine/sub"] { #expect(try mode(name) == 0o700, "\(name)") }
    for name in ["replaced", "added", "log", "file"] { #expect(try mode("above/mine/\(name)") == 0o600, "\(name)") }
  }

  @Test("says of each name what it is")
  func entries() throws {
    try inFolder { folder in
      try folder.makeDirectory("a-folder")
      try folder.replace("b-file", with: [], through: ".new")
      try link("c-link", to: "b-file")
      // Safe: the path is only read.
      #expect(unsafe mkfifo(path + "/mine/d-pipe", 0o600) == 0)
      var latin = Array((path + "/mine/e-").utf8CString.dropLast()) + [CChar(bitPattern: 0xe9), 0]
      // Safe: the path ends with a zero, and is only read.
      let file = unsafe open(&latin, O_CREAT | O_WRONLY, 0o600)
      #expect(file >= 0)
      close(file)
      let entries = try folder.entries()
      #expect(entries.map(\.name) == ["a-folder", "b-file", "c-link", "d-pipe", "e-\u{10ffe9}"])
      // The name that is no UTF-8 is taken back.
      _ = try folder.open(entries[4].name)
      try folder.remove(entries[4].name)
      #expect(try folder.entries().count == 4)
      #expect(entries.map(\.kind) == [.folder, .file, .link, .other, .file])
      #expect(entries.map(\.isNameExact) == [true, true, true, true, false])
    }
  }

  @Test("is locked by one at a time, and free again when that one is gone")
  func lock() throws {
    try inFolder { folder in
      let other = try Directory(path + "/mine")
      #expect(folder.lock())
      #expect(!other.lock())
      folder.unlock()
      #expect(other.lock())
      do {
        let third = try Directory(path + "/mine")
        #expect(!third.lock())
      }
      #expect(!folder.lock())
      other.unlock()
      #expect(folder.lock())
    }
  }
}
