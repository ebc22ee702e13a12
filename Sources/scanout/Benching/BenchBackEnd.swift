import Display
import GuestDriver
import LinuxIO
import VhostUser
import Virtio
import DisplaySocket
import VirtioGPU

/// A back end under measurement: connected, with a pretended guest of its own and both ends of what QEMU would be.
final class BenchBackEnd {
  /// Ring features, EDID, and blobs where there are any.
  private static let features =
    FeatureBits.version1 | FeatureBits.eventIndex | FeatureBits.indirectDescriptors
    | (DeviceFeatures.edid.union(.resourceBlob)).rawValue

  let place: BenchPlace
  let driver: GPUDriver
  /// True when a guest's own memory can be shown without a copy.
  let hasBlobs: Bool
  private let display: DisplayFrontEnd?
  private let process: ChildProcess?
  private let clock: ProcessClock?
  private var frames: [Size: Framebuffer] = [:]
  private var blobs: [Size: Framebuffer] = [:]

  /// Connects to a back end, with a guest that has room for a picture of each size.
  init(_ place: BenchPlace, sizes: [Size]) throws {
    self.place = place
    let pictures = sizes.reduce(UInt64(0)) { $0 + $1.area * UInt64(PixelFormat.bytesPerPixel) }
    let ram = try GuestRAM(count: 2 * pictures + 16 << 20)
    let socket: UnixSocket
    (socket, process) = try place.connect()
    clock = ProcessClock(of: process?.identifier ?? socket.peerProcess)
    let link = try VhostUserLink(FrontEnd(socket), ram: ram, features: Self.features)
    hasBlobs = link.features & DeviceFeatures.resourceBlob.rawValue != 0
    display = try Self.attachDisplay(to: link.frontEnd, sizes)
    driver = try GPUDriver(link, ram: ram)
  }

  /// Gives the back end a socket for its pictures, which QEMU's waits for; nil when it does not take any.
  private static func attachDisplay(to frontEnd: FrontEnd, _ sizes: [Size]) throws -> DisplayFrontEnd? {
    let (ours, theirs) = try UnixSocket.makePair()
    let display = try DisplayFrontEnd(ours, outputs: sizes.prefix(1).map { Output(size: $0) })
    do {
      try frontEnd.attachDisplay(theirs.descriptor)
      return display
    } catch {
      if case .refused = error { return nil }
      throw error
    }
  }

  /// What has come over the display socket; nil: it takes none.
  var traffic: DisplayTraffic? { display?.traffic }

  /// Nanoseconds that the back end and this process, which receives its pictures, have spent on processors so far; nil when
  /// the back end's are not known.
  var processorTime: UInt64? {
    guard let theirs = clock?.now, let ours = ProcessClock.own.now else { return nil }
    return theirs + ours
  }

  /// A picture of this size, with its resource.
  func frame(_ size: Size) throws -> Framebuffer {
    if let frame = frames[size] { return frame }
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    frame.surface.fill(Rectangle(size), with: Color(red: 1, green: 2, blue: 3))
    frames[size] = frame
    return frame
  }

  /// The same picture, as memory that the device shows where it lies.
  func blob(_ size: Size) throws -> Framebuffer {
    if let blob = blobs[size] { return blob }
    let blob = try Framebuffer(driver, size: size, format: .b8g8r8x8, kind: .blob)
    blob.surface.fill(Rectangle(size), with: Color(red: 1, green: 2, blue: 3))
    blobs[size] = blob
    return blob
  }

  /// Does `work`; what goes wrong says which back end it was, and what else is known of its end.
  func reporting<Result>(_ work: (BenchBackEnd) throws -> Result) throws -> Result {
    do {
      return try work(self)
    } catch {
      throw Self.explain(error, place, traffic?.end)
    }
  }

  /// Connects, with errors of the same kind.
  static func connect(_ place: BenchPlace, sizes: [Size]) throws -> BenchBackEnd {
    do {
      return try BenchBackEnd(place, sizes: sizes)
    } catch {
      throw explain(error, place, nil)
    }
  }

  private static func explain(_ error: any Error, _ place: BenchPlace, _ end: DisplayEnd?) -> any Error {
    // What our own device answers wrongly is a defect of ours.
    if case .own = place, error is DriverError { return error }
    guard case .protocolError = end, let end else { return BenchError(place: place, reason: "\(error)") }
    return BenchError(place: place, reason: "\(error), and \(end)")
  }
}
