import Foundation
import LinuxIO
import Testing
import Text

@Suite("the place that a path leads to")
struct FilePlaceTests {
  private let path = FileManager.default.temporaryDirectory.path + "/file-place-\(UUID().uuidString)"

  private func inFolder(_ body: () throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    for name in ["a/b", "c"] { _ = try Directory.make("\(path)/\(name)") }
    for name in ["a/file", "c/other"] { try Data().write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    let files = FileManager.default
    for (link, target) in [
      ("link", "a"), ("chain", "link"), ("c/up", "../a/b"), ("absolute", "\(path)/a"), ("dangling", "c/new/folder"),
      ("loop", "loop"), ("link-to-file", "a/file"),
    ] {
      try files.createSymbolicLink(atPath: "\(path)/\(link)", withDestinationPath: target)
    }
    try files.linkItem(atPath: "\(path)/a/file", toPath: "\(path)/c/hard")
    try body()
  }

  private func place(_ name: String) -> FilePlace { FilePlace("\(path)/\(name)") }

  @Test("is the same by every way to it")
  func same() throws {
    try inFolder {
      for (one, other) in [
        ("a", "a/"), ("a", "a/."), ("a", "./a/b/.."), ("a", "link"), ("a", "chain"), ("a", "absolute//"),
        ("a/b", "c/up"), ("a/b", "link/b"), ("a/file", "c/hard"), ("a/file", "link-to-file"),
        ("a/file", "chain/file"), ("a/new", "link/new"), ("a/new/deep", "c/up/../new/x/../deep"),
        ("c/new/folder", "dangling"), ("loop", "loop"), ("", "a/.."),
      ] {
        #expect(place(one).isSame(as: place(other)), "\(one) \(other)")
        #expect(place(other).isSame(as: place(one)), "\(other) \(one)")
        #expect(!place(one).isInside(place(other)), "\(one) \(other)")
      }
      for (one, other) in [
        ("a", "c"), ("a", "a/b"), ("a/file", "c/other"), ("a/new", "c/new"), ("a/new", "a/newer"), ("a", "a/new"),
        ("a/file", "a"), ("loop", "a"), ("dangling", "c"),
      ] {
        #expect(!place(one).isSame(as: place(other)), "\(one) \(other)")
        #expect(!place(other).isSame(as: place(one)), "\(other) \(one)")
      }
    }
  }

  @Test("is inside of another one at any depth, whether that is there already or not")
  func inside() throws {
    try inFolder {
      for (inner, outer) in [
        ("a", ""), ("a/b", "a"), ("a/b", "link"), ("c/up", "absolute"), ("a/file", "a"), ("link-to-file", "chain"),
        ("c/up/new", "a"), ("a/new/x/y", "a/new"), ("link/new/x", "a/new"), ("dangling", "c"), ("dangling/x", "c/new"),
      ] {
        #expect(place(inner).isInside(place(outer)), "\(inner) \(outer)")
        #expect(!place(outer).isInside(place(inner)), "\(outer) \(inner)")
        #expect(!place(inner).isSame(as: place(outer)), "\(inner) \(outer)")
      }
      for (one, other) in [("a", "c"), ("a/new", "a/newer"), ("a/newer", "a/new"), ("c/new", "a"), ("a/file/x", "a/b")]
      {
        #expect(!place(one).isInside(place(other)), "\(one) \(other)")
      }
    }
  }

  @Test("is that of an open folder, whatever it is called by now")
  func opened() throws {
    try inFolder {
      let folder = try Directory("\(path)/chain")
      try FileManager.default.moveItem(atPath: "\(path)/a", toPath: "\(path)/c/moved")
      #expect(FilePlace(folder).isSame(as: place("c/moved")))
      #expect(FilePlace(folder).isInside(place("c")))
      #expect(place("c/moved/b").isInside(FilePlace(folder)))
      #expect(!FilePlace(folder).isSame(as: place("chain")))
    }
  }

  @Test("keeps names apart that are the same letters, or no text at all, but other bytes")
  func bytes() throws {
    try inFolder {
      let names = ["e\u{301}", "\u{e9}", String(fileName: [0xe9]), String(fileName: [0xe8])]
      for one in names {
        for other in names {
          let isSame = one.fileNameBytes == other.fileNameBytes
          #expect(place("a/\(one)").isSame(as: place("a/\(other)")) == isSame)
          #expect(place("a/\(one)/x").isInside(place("a/\(other)")) == isSame)
        }
        try Directory("\(path)/a").makeDirectory(one)
        #expect(place("a/\(one)").exists)
      }
      #expect(!place("a/\(names[2])").isSame(as: place("a/\(names[3])")))
    }
  }

  @Test("is relative to the working directory, and anything may be asked for")
  func odd() throws {
    let here = FilePlace(".")
    #expect(here.exists && FilePlace("").isSame(as: here) && FilePlace("no/such/..").isInside(here))
    #expect(!FilePlace("/no/such").exists)
    #expect(FilePlace("/..").isSame(as: FilePlace("/")) && here.isInside(FilePlace("/")))
    _ = FilePlace(String(repeating: "x/", count: 5000))
    #expect(FilePlace(String(repeating: "../", count: 5000)).isSame(as: FilePlace("/")))
    _ = FilePlace("/proc/self/fd/0/x")
  }

  @Test("is the same through a bind mount of the folder, or of one inside or above it", .enabled(if: getuid() == 0))
  func bindMount() throws {
    try inFolder {
      _ = try Directory.make("\(path)/mount point")
      // Safe: the words are read during the call only.
      let result = unsafe mount("\(path)/a/b", "\(path)/mount point", nil, UInt(MS_BIND), nil)
      // A container's root may not mount anything.
      guard result == 0 else { return }
      defer { _ = unsafe umount2("\(path)/mount point", Int32(MNT_DETACH)) }
      #expect(place("mount point").isSame(as: place("a/b")))
      #expect(place("mount point/new").isSame(as: place("link/b/new")))
      #expect(place("mount point/new").isInside(place("a")))
      #expect(place("mount point").isInside(place("")))
      #expect(!place("mount point").isSame(as: place("a")))
      #expect(!place("a").isInside(place("mount point")))
    }
  }
}
