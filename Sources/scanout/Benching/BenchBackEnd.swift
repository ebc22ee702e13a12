import Display
import DisplaySocket
import GuestDriver
import LinuxIO
import VhostUser
import Virtio
import VirtioGPU

/// A back end under measurement: its connection, a fake guest that drives it, and a display socket as QEMU has one.
final class BenchBackEnd {
  /// Ring features, EDID, and blobs where there are any.
  private static let features =
    FeatureBits.version1 | FeatureBits.eventIndex | FeatureBits.indirectDescriptors
    | (DeviceFeatures.edid.union(.resourceBlob)).rawValue

  let target: BenchTarget
  let driver: GPUDriver
  /// True when the back end can show guest memory without a copy.
  let hasBlobs: Bool
  private let display: DisplayFrontEnd?
  private let process: ChildProcess?
  private let clock: ProcessClock?
  private var frames: [Size: Framebuffer] = [:]
  private var blobs: [Size: Framebuffer] = [:]

  /// Connects to a back end, with a guest whose memory has room for an image of each size.
  init(_ target: BenchTarget, sizes: [Size], keepsFrames: Bool) throws {
    self.target = target
    let imageBytes = sizes.reduce(UInt64(0)) { $0 + $1.area * UInt64(PixelFormat.bytesPerPixel) }
    let ram = try GuestRAM(count: 2 * imageBytes + 16 << 20)
    let socket: UnixSocket
    (socket, process) = try target.connect()
    clock = ProcessClock(of: process?.identifier ?? socket.peerProcess)
    let link = try VhostUserLink(FrontEnd(socket), ram: ram, features: Self.features)
    hasBlobs = link.features & DeviceFeatures.resourceBlob.rawValue != 0
    display = try Self.attachDisplay(to: link.frontEnd, sizes, keepsFrames)
    driver = try GPUDriver(link, ram: ram)
  }

  /// Gives the back end a display socket, which QEMU's back end waits for; nil when the back end refuses it.
  private static func attachDisplay(
    to frontEnd: FrontEnd, _ sizes: [Size], _ keepsFrames: Bool
  ) throws -> DisplayFrontEnd? {
    let (ours, theirs) = try UnixSocket.makePair()
    let display = try DisplayFrontEnd(ours, outputs: sizes.prefix(1).map { Output(size: $0) }, keepsFrames: keepsFrames)
    do {
      try frontEnd.attachDisplay(theirs.descriptor)
      return display
    } catch {
      if case .refused = error { return nil }
      throw error
    }
  }

  /// Counts of what came over the display socket; nil: the back end takes none.
  var traffic: DisplayTraffic? { display?.traffic }

  /// Processor time of the back end and of this process, which receives its frames, in nanoseconds; nil when that of
  /// the back end is not known.
  var processorTime: UInt64? {
    guard let theirs = clock?.now, let ours = ProcessClock.own.now else { return nil }
    return theirs + ours
  }

  /// A framebuffer of this size in a 2D resource.
  func frame(_ size: Size) throws -> Framebuffer {
    if let frame = frames[size] { return frame }
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    frame.surface.fill(Rectangle(size), with: Color(red: 1, green: 2, blue: 3))
    frames[size] = frame
    return frame
  }

  /// A framebuffer of this size in a blob of guest memory, which the device shows without a copy.
  func blob(_ size: Size) throws -> Framebuffer {
    if let blob = blobs[size] { return blob }
    let blob = try Framebuffer(driver, size: size, format: .b8g8r8x8, kind: .blob)
    blob.surface.fill(Rectangle(size), with: Color(red: 1, green: 2, blue: 3))
    blobs[size] = blob
    return blob
  }

  /// Does `work`; its error names the back end, and the protocol error of the display socket if there is one.
  func reporting<Result>(_ work: (BenchBackEnd) throws -> Result) throws -> Result {
    do {
      return try work(self)
    } catch {
      throw Self.explain(error, target, traffic?.end)
    }
  }

  /// Connects to a back end; an error names it.
  static func connect(_ target: BenchTarget, sizes: [Size], keepsFrames: Bool) throws -> BenchBackEnd {
    do {
      return try BenchBackEnd(target, sizes: sizes, keepsFrames: keepsFrames)
    } catch {
      throw explain(error, target, nil)
    }
  }

  private static func explain(_ error: any Error, _ target: BenchTarget, _ end: DisplayEnd?) -> any Error {
    // A wrong response of our own device is a defect of scanout.
    if case .own = target, error is DriverError { return error }
    guard case .protocolError = end, let end else { return BenchError(target: target, reason: "\(error)") }
    return BenchError(target: target, reason: "\(error), and \(end)")
  }
}
