internal import Control
internal import Display
internal import FrameDump
internal import Frames
internal import Glibc
internal import LinuxIO
public import Logging
internal import SDLDisplay
internal import Text
internal import VhostUser
internal import VirglRendering
internal import VirtioGPU

/// Serves a virtio-gpu device over vhost-user, and shows and records what its guests draw.
public final class DeviceRun: Run {
  /// Where the virtual machine is.
  public enum Endpoint: Sendable {
    /// It connects to a socket at this path, and another one after it.
    case path(String)
    /// It is connected to this open descriptor already.
    case descriptor(Int32)
  }

  /// What is served, and where.
  public struct Configuration: Sendable {
    /// The device.
    public var device: DeviceConfiguration
    /// Where its virtual machine is.
    public var endpoint: Endpoint
    /// Where the frames go.
    public var sinks: SinkConfiguration
    /// True: frames are taken and not kept.
    public var discardsFrames = false
    /// The path of the socket at which users change the outputs; nil: none.
    public var controlPath: String?
    /// True: outputs get the sizes that users give to windows.
    public var followsWindows = true
    /// True: ends with the first front end.
    public var endsWithFrontEnd = false
    /// What the dump says of its source.
    public var producer: String

    /// A device at an endpoint.
    public init(_ device: DeviceConfiguration, at endpoint: Endpoint, sinks: SinkConfiguration, producer: String) {
      self.device = device
      self.endpoint = endpoint
      self.sinks = sinks
      self.producer = producer
    }
  }

  private let configuration: Configuration
  private let log: Logger
  private let signals: SignalWatch
  private let displayWake: EventCounter
  private let presentation: Presentation
  private let place: DeviceLoop.Place
  private let control: UnixListener?
  private let choice: RendererChoice
  private let renderer: RendererThread?
  private let dump: FrameDumpSink?

  /// Opens signals, display, sockets, renderer and dump, in this order. To be called on the main thread before any other
  /// thread starts, so that all of them leave the signals to the device.
  public init(_ configuration: Configuration, log: Logger) throws {
    self.configuration = configuration
    self.log = log
    // Blobs and contexts of a guest hold descriptors, of this process or of those that draw for it.
    DescriptorLimit.raise()
    signals = try SignalWatch([SIGTERM, SIGINT] + (SignalWatch.isIgnored(SIGHUP) ? [] : [SIGHUP]))
    let displayWake = try EventCounter()
    self.displayWake = displayWake
    let (sinks, device) = (configuration.sinks, configuration.device)
    presentation = try Presentation(
      name: configuration.endpoint.name, showsWindows: sinks.showsWindows,
      hasOtherSinks: sinks.dump != nil || configuration.discardsFrames, recording: sinks.dump?.folder,
      whenFinished: .close, log: log
    ) { displayWake.signal() }
    // Before the dump begins: an endpoint that cannot be had leaves no empty dump behind.
    place = try configuration.endpoint.open()
    control = try configuration.controlPath.map { (path) throws(SystemError) in try UnixListener(path: path) }
    (choice, renderer) = device.renderer.start(device, log: log)
    dump = try sinks.dump?.open(
      FrameDumpOptions(
        provenance: Provenance(producer: configuration.producer, source: "vhost-user", renderer: choice.rawValue),
        whenFull: .stop),
      keeping: sinks.inputs
    ) { [folder = sinks.dump?.folder ?? ""] end in
      log.warning("the recording in \(folder) ends early: \(end); what is shown from now on is not recorded")
    }
  }

  /// Also says what is written to standard error when a signal kills the process.
  public func confine() {
    Confinement.dropPrivilegeGains()
    var sentence = "scanout: the device died, by a defect of its own or of a library"
    if choice != .flat { sentence += " (virglrenderer and Mesa draw in this process)" }
    if let folder = configuration.sinks.dump?.folder {
      sentence += "; every frame in \(folder) is whole, and can be replayed and verified"
    }
    CrashMessage.set(sentence + ".")
  }

  /// Serves until a signal, a fault of the host, the end of the only front end, or the closing of the last window when
  /// nothing is recorded.
  public func run() throws {
    var device = configuration.device
    device.renderer = choice
    let loop = DeviceLoop(
      device: device, renderer: renderer, signals: signals, displayWake: displayWake,
      endsWithFrontEnd: configuration.endsWithFrontEnd || place.isSocket, dump: dump, control: control,
      followsWindows: configuration.followsWindows, log: log)
    try presentation.run(dump ?? (configuration.discardsFrames ? DiscardingSink() : nil)) { [place] display, audience in
      try loop.run(at: place, display, audience)
    }
  }

  public func report() -> RunReport {
    RunReport(dump, in: configuration.sinks.dump?.folder)
  }
}

extension DeviceRun.Endpoint {
  /// What the windows' titles begin with.
  var name: String {
    switch self {
    case .path(let path): path
    case .descriptor: "Scanout"
    }
  }

  func open() throws(SystemError) -> DeviceLoop.Place {
    switch self {
    case .path(let path): .listener(try UnixListener(path: path))
    case .descriptor(let number): .socket(try UnixSocket(adopting: number))
    }
  }
}
