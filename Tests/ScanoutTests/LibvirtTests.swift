import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

/// Use of the back end as a virtual machine manager uses QEMU's vhost-user.json.
@Suite("The vhost-user-gpu binary for libvirt")
struct LibvirtTests {
  private let folder = TemporaryFolder.forSuite()
  private let tools = Program.root.appending(path: "Tools/libvirt")

  /// Starts it with `socket` as the descriptor 3, as libvirt passes it; its standard output goes to a file.
  private func start(_ arguments: [String], socket: Int32? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "exec 3<&0 </dev/null; exec \"$0\" \"$@\"", tools.appending(path: "scanout-vhost-user-gpu").path]
      + arguments
    process.environment = [
      "PATH": "/usr/bin:/bin", "SCANOUT": Program.url.path, "SCANOUT_FRAMES": folder.path("frames"),
      "SCANOUT_OPTIONS": "--output 64x48 --log-level warning", "SCANOUT_SETTINGS": "/nonexistent",
    ]
    for name in ["LLVM_PROFILE_FILE", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"] {
      if let value = ProcessInfo.processInfo.environment[name] { process.environment?[name] = value }
    }
    if let socket {
      // Children inherit what is not marked to be closed.
      process.standardInput = FileHandle(fileDescriptor: dup(socket), closeOnDealloc: true)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    _ = FileManager.default.createFile(atPath: folder.path("output"), contents: nil)
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.path("output")))
    try process.run()
    return process
  }

  @Test("the description names a program, its type and its purpose")
  func description() throws {
    let text = try Data(contentsOf: tools.appending(path: "50-scanout.json"))
    let description = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(description["type"] as? String == "gpu")
    let program = try #require(description["binary"] as? String)
    #expect(program.hasPrefix("/") && URL(filePath: program).lastPathComponent == "scanout-vhost-user-gpu")
    #expect(description["description"] as? String != nil)
  }

  @Test("its capabilities have the options of libvirt that it takes")
  func capabilities() throws {
    let process = try start(["--print-capabilities"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let output = try Data(contentsOf: URL(filePath: folder.path("output")))
    let capabilities = try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
    #expect(capabilities["type"] as? String == "gpu")
    #expect(capabilities["features"] as? [String] == ["virgl", "render-node"])
  }

  @Test("it serves the descriptor that it gets, writes the frames, and ends with the virtual machine")
  func serves() throws {
    try FileManager.default.createDirectory(atPath: folder.path("frames"), withIntermediateDirectories: true)
    let (near, far) = try UnixSocket.makePair()
    let process = try start(["--fd=3", "--virgl"], socket: far.descriptor.rawValue)
    do {
      let ram = try GuestRAM(count: 16 << 20)
      let driver = try GPUDriver(VhostUserLink(FrontEnd(near, timeout: .seconds(60)), ram: ram), ram: ram)
      let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
    }
    _ = shutdown(near.descriptor.rawValue, Int32(SHUT_RDWR))
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let dumps = try FileManager.default.contentsOfDirectory(atPath: folder.path("frames"))
    #expect(dumps.count == 1)
    let first = folder.path("frames/\(dumps.first ?? "")/frames/0-000001.png")
    #expect(FileManager.default.fileExists(atPath: first))
  }
}
