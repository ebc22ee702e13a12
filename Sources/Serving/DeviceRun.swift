internal import ControlSocket
internal import Display
internal import FrameDump
public import Frames
internal import Glibc
internal import LinuxIO
public import Logging
internal import SDLDisplay
internal import Text
internal import VhostUser
internal import VirglRendering
internal import VirtioGPU
internal import VirtioInput

/// Run of a virtio-gpu device that is served over vhost-user, with windows and a dump of its frames.
public final class DeviceRun: Run {
  /// Socket of the virtual machine.
  public enum Endpoint: Sendable {
    /// Path of a socket to listen at; virtual machines are served one after the other.
    case path(String)
    /// Open descriptor of a socket that is connected to a virtual machine.
    case descriptor(Int32)
    /// A socket in a private folder, to listen at for the virtual machine of a command.
    case temporary
  }

  /// Configuration of a served device.
  public struct ServingConfiguration: Sendable {
    /// The device.
    public var device: DeviceConfiguration
    /// Socket of its virtual machine.
    public var endpoint: Endpoint
    /// Name of the guest, one of several with a device each; nil: it is the only one. The device of a named guest ends with the
    /// program that started it.
    public var guest: String?
    /// Windows and dump of its frames.
    public var sinks: SinkConfiguration
    /// True: frames are taken and discarded.
    public var discardsFrames = false
    /// Path of the control socket; nil: none.
    public var controlPath: String?
    /// Sockets of the input devices that are served beside the GPU.
    public var inputs = InputEndpoints()
    /// True: outputs get the sizes that users give to windows.
    public var followsWindows = true
    /// True: outputs are those of the front end's own display, when it gives a display socket.
    public var followsFrontEnd = false
    /// True: the run ends with the first front end.
    public var endsWithFrontEnd = false
    /// Command that is started when the device is ready, and with which the device ends; nil: none.
    public var command: GuestCommandConfiguration?
    /// Selectors of frames of the dump after which the run ends; empty: it does not.
    public var endsAfter: [FrameSelector] = []
    /// Producer in the manifest of the dump.
    public var producer: String

    /// Makes the configuration of a device at an endpoint.
    public init(_ device: DeviceConfiguration, at endpoint: Endpoint, sinks: SinkConfiguration, producer: String) {
      self.device = device
      self.endpoint = endpoint
      self.sinks = sinks
      self.producer = producer
    }
  }

  private let configuration: ServingConfiguration
  private let log: Logger
  private let signals: SignalWatch
  private let displayWake: EventCounter
  private let presentation: Presentation
  private let openEndpoint: DeviceLoop.OpenEndpoint
  private let socketFolder: TemporarySocketFolder?
  private let command: GuestCommand?
  private let selection: LiveSelection?
  private let control: UnixListener?
  private let inputs: [InputDeviceKind: UnixListener]
  private let choice: RendererChoice
  private let renderer: RendererThread?
  private let dump: FrameDumpSink?

  /// Opens signals, display, sockets, renderer and dump, in this order.
  ///
  /// It is called on the main thread before any other thread starts, so that all threads block the device's signals.
  public init(_ configuration: ServingConfiguration, log: Logger) throws {
    self.configuration = configuration
    self.log = log
    // Blobs and contexts of a guest hold descriptors of this process or of the renderer's processes.
    DescriptorLimit.raise()
    signals = try SignalWatch([SIGTERM, SIGINT] + (SignalWatch.isIgnored(SIGHUP) ? [] : [SIGHUP]))
    if configuration.guest != nil { Confinement.endWithParent() }
    let displayWake = try EventCounter()
    self.displayWake = displayWake
    let (sinks, device) = (configuration.sinks, configuration.device)
    presentation = try Presentation(
      name: configuration.guest ?? configuration.endpoint.name, showsWindows: sinks.showsWindows,
      hasOtherSinks: sinks.dump != nil || configuration.discardsFrames, recording: sinks.dump?.folder,
      whenFinished: .close, log: log
    ) { displayWake.signal() }
    // Before the dump begins: an endpoint that cannot be opened leaves no empty dump behind.
    // The virtual machine's socket comes last: whoever waits for that finds the others.
    inputs = try configuration.inputs.paths.mapValues { (path) throws(SystemError) in try UnixListener(path: path) }
    control = try configuration.controlPath.map { (path) throws(SystemError) in try UnixListener(path: path) }
    if case .temporary = configuration.endpoint {
      socketFolder = try TemporarySocketFolder()
    } else {
      socketFolder = nil
    }
    openEndpoint = try configuration.endpoint.open(in: socketFolder)
    let socketPath = openEndpoint.path
    selection = configuration.endsAfter.isEmpty ? nil : try LiveSelection(configuration.endsAfter)
    command = try configuration.command.map { (command) throws(SystemError) in
      try GuestCommand(command, socketPath: socketPath, log: log)
    }
    // After a signal meanwhile, the run goes on without a renderer, and ends as soon as its loop takes the signal.
    (choice, renderer) = device.renderer.start(device, interruption: signals.descriptor, log: log)
    dump = try sinks.dump?.open(
      FrameDumpOptions(
        provenance: Provenance(producer: configuration.producer, source: "vhost-user", renderer: choice.rawValue),
        whenFull: .stop),
      keeping: sinks.inputs
    ) { [folder = sinks.dump?.folder ?? ""] end in
      log.warning("the recording in \(folder) ends early: \(end); further frames are not recorded")
    }
  }

  /// Drops privileges, and sets the crash message.
  public func confine() {
    Confinement.dropPrivilegeGains()
    var sentence = "scanout: the device crashed, by a defect of scanout or of a library"
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
      endsWithFrontEnd: configuration.endsWithFrontEnd || openEndpoint.isSocket, dump: dump, control: control,
      inputs: inputs, followsWindows: configuration.followsWindows, followsFrontEnd: configuration.followsFrontEnd,
      name: configuration.guest ?? configuration.endpoint.name, command: command, selection: selection, log: log)
    let sink: (any DisplaySink)? = dump ?? (configuration.discardsFrames ? DiscardingSink() : nil)
    let stopper = try EventCounter()
    let mayEnd = dump == nil
    let whenEnded: @Sendable (Viewer.Ending) -> Void = { ending in
      switch ending {
      // Nothing is recorded, and nobody looks any more.
      case .closed, .displayLost, .failed: if mayEnd { stopper.signal() }
      // A user can attach windows again.
      case .killed: break
      }
    }
    try presentation.run(sink, onWindowsEnded: whenEnded) { [openEndpoint] display in
      try loop.run(at: openEndpoint, display, stopper)
    }
  }

  public func report() -> RunReport {
    var report = RunReport(dump, in: configuration.sinks.dump?.folder)
    report.command = command?.ending
    return report
  }
}

extension DeviceRun.Endpoint {
  /// Prefix of the windows' titles.
  var name: String {
    switch self {
    case .path(let path): path
    case .descriptor, .temporary: "Scanout"
    }
  }

  /// `folder`: where the socket of a command's virtual machine is.
  func open(in folder: TemporarySocketFolder?) throws(SystemError) -> DeviceLoop.OpenEndpoint {
    switch self {
    case .temporary: .listener(try UnixListener(path: folder?.socketPath ?? ""))
    case .path(let path): .listener(try UnixListener(path: path))
    case .descriptor(let number): .socket(try UnixSocket(adopting: number))
    }
  }
}
