import ControlSocket
import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU
import Virtqueue

/// A file system of its own, in a file, that can be frozen: then every write to it waits until it is thawed.
private final class FreezableDisk {
  private let folder = TemporaryFolder.forSuite()
  private var isFrozen = false

  /// Where it is mounted.
  var path: String { folder.path("disk") }

  /// Makes and mounts it.
  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Self.call("truncate", "-s", "64M", folder.path("image"))
    try Self.call("mkfs.ext4", "-q", folder.path("image"))
    try Self.call("mount", "-o", "loop", folder.path("image"), path)
  }

  deinit {
    thaw()
    try? Self.call("umount", "-l", path)
  }

  func freeze() throws {
    try Self.call("fsfreeze", "-f", path)
    isFrozen = true
  }

  func thaw() {
    guard isFrozen else { return }
    isFrozen = false
    try? Self.call("fsfreeze", "-u", path)
  }

  /// True where this process may mount a file, and freeze what is in it.
  static let isPossible: Bool = {
    guard getuid() == 0, let disk = try? FreezableDisk() else { return false }
    return (try? disk.freeze()) != nil
  }()

  private struct Failed: Error {
    let words: [String]
  }

  private static func call(_ words: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(words: words) }
  }
}

@Suite("A dump on a disk that does not respond", .enabled(if: FreezableDisk.isPossible))
struct FrozenDiskTests {
  private let folder = TemporaryFolder.forSuite()

  /// A guest with an image of each colour, which it shows without waiting for the device.
  private final class FrozenDiskGuest {
    let driver: GPUDriver
    let link: VhostUserLink
    private var frames: [Framebuffer] = []

    init(at path: String, reds: [UInt8]) throws {
      let ram = try GuestRAM(count: 16 << 20)
      link = try VhostUserLink(FrontEnd.connect(to: path, timeout: .seconds(60)), ram: ram)
      driver = try GPUDriver(link, ram: ram)
      let size = Size(width: 64, height: 48)
      for red in reds {
        let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
        frame.surface.fill(Rectangle(size), with: Color(red: red, green: 0, blue: 0))
        try frame.transfer()
        frames.append(frame)
      }
    }

    /// Shows an image, and waits for the response to its flush.
    func show(_ index: Int) throws {
      try frames[index].show(on: 0)
      try frames[index].flush()
    }

    /// Shows an image, and waits for no response.
    func showWithoutWaiting(_ index: Int) throws {
      let (part, resource) = (Rectangle(frames[index].surface.size), frames[index].resourceID)
      try submit(SetScanout(rectangle: part, scanout: 0, resourceID: resource).request())
      try submit(ResourceFlush(rectangle: part, resourceID: resource).request())
    }

    private func submit(_ request: [UInt8]) throws {
      let (place, room) = (try driver.ram.allocate(4096), try driver.ram.allocate(4096))
      try driver.ram.memory.write(request, at: place)
      let buffer = DriverQueue.Buffer(address: place, length: UInt32(request.count))
      try #require(
        driver.control.submit(readable: [buffer], writable: [DriverQueue.Buffer(address: room, length: 4096)]) != nil)
      if driver.control.needsKick() { link.kick(0) }
    }
  }

  @Test("holds its own guest and nothing else, and no frame is lost when the disk comes back")
  func frozen() throws {
    let disk = try FreezableDisk()
    let dump = disk.path + "/d"
    let running = try Program.start(
      [
        "serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", dump, "--output", "64x48",
      ])
    try #require(running.logs("waiting for a virtual machine"), "\(running.errors)")
    let guest = try FrozenDiskGuest(at: folder.path("s"), reds: [10, 20, 30, 40])
    try guest.show(0)
    for _ in 0..<6000 where !FileManager.default.fileExists(atPath: dump + "/frames/0-000001.png") { usleep(10_000) }
    try disk.freeze()
    // The second frame is being written, the third one has room and holds the device, and the fourth stays in the queue.
    for index in 1...3 { try guest.showWithoutWaiting(index) }

    // Everything else is served: the control socket, and the front end that stops its guest and lets it go on. The times
    // are printed for Tools/soak, whose aim is 50 ms.
    let asked = ContinuousClock.now
    let outputs = try ControlClient(path: folder.path("c")).send(.list)
    print("frozen disk: a control request took \(ContinuousClock.now - asked)")
    #expect(outputs.error == nil)
    try guest.link.pause()
    try guest.link.resume(control: guest.driver.control, cursor: guest.driver.cursor)
    #expect(try ControlClient(path: folder.path("c")).send(.list).error == nil)

    // A signal ends it: the sockets are closed at once, and the log says what it waits for.
    let ended = ContinuousClock.now
    running.process.terminate()
    try #require(running.logs("2 frames wait for the disk"), "\(running.errors)")
    print("frozen disk: from SIGTERM to “2 frames wait for the disk” took \(ContinuousClock.now - ended)")
    #expect(throws: (any Error).self) { try UnixSocket.connect(to: folder.path("s")) }
    #expect(running.process.isRunning)

    disk.thaw()
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let inspection = try Program.run(["inspect", dump, "--json"])
    #expect(inspection.status == 0)
    #expect(inspection.output.contains("\"isFinished\" : true"), "\(inspection.output)")
    #expect(inspection.output.contains("frames/0-000003.png"), "\(inspection.output)")
    #expect(!inspection.output.contains("frames/0-000004.png"), "\(inspection.output)")
  }
}
