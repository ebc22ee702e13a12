internal import Glibc
public import LinuxIO
internal import Logging
internal import Synchronization
internal import Text

/// Command that a served device starts when it is ready, such as a virtual machine, and ends with.
public struct GuestCommandConfiguration: Sendable {
  /// The part of a word that stands for the path of the device's socket.
  public static let socketPlaceholder = "{socket}"

  /// The command and its arguments.
  public var words: [String]
  /// When to end it, in seconds; nil: never.
  public var timeout: Int?
  /// Rules that set labels by its output.
  public var labels: [LabelRule]
  /// What gets its standard output.
  public var output: Descriptor
  /// What gets its standard error.
  public var errors: Descriptor

  /// A command whose output goes to two descriptors.
  public init(
    _ words: [String], timeout: Int? = nil, labels: [LabelRule] = [], output: Descriptor, errors: Descriptor
  ) {
    self.words = words
    self.timeout = timeout
    self.labels = labels
    self.output = output
    self.errors = errors
  }

  /// The words with the path of the socket in them.
  func words(socket path: String) -> [String] {
    words.map { word in
      // Without Foundation: the parts between the placeholders, with the path between them.
      var (result, rest) = ("", word[...])
      while let place = rest.firstRange(of: Self.socketPlaceholder) {
        result += rest[..<place.lowerBound] + path
        rest = rest[place.upperBound...]
      }
      return result + rest
    }
  }
}

/// How the command of a served device ended.
public struct GuestCommandEnding: Sendable, Equatable {
  /// Its exit code or signal; nil: it could not be ended.
  public var ending: ChildProcess.Ending?
  /// True: its time was up.
  public var isTimedOut = false
  /// True: the device ended first, and then ended it.
  public var wasEnded = false
}

/// A running command, on the event loop of its device. Used on the loop's thread.
final class GuestCommand {
  /// How long the command has to end after SIGTERM, in nanoseconds, before it is killed.
  private static let patience: UInt64 = 10_000_000_000
  /// How long its virtual machine may stay connected after it has ended, in nanoseconds.
  private static let farewell: UInt64 = 2_000_000_000
  /// How long the end waits for the reader of its output, in milliseconds.
  private static let readerTimeout: Int32 = 5_000
  /// The most labels of a run: a guest may write lines all day.
  private static let maximumLabels = 1000

  private let configuration: GuestCommandConfiguration
  private let socketPath: String
  private let log: Logger
  private let timer: Timer
  private let labels: LabelInbox
  private var process: CommandProcess?
  private var outputs: [PassedOutput] = []
  private var isConnected = false
  private var result = GuestCommandEnding()
  private var onLabel: (String) throws -> Void = { _ in }
  private var whenEnded: () -> Void = {}
  private var end: EventLoop.Registration?
  private var hasSaidFull = false

  /// How it ended; complete after ``finish(interruption:)``.
  var ending: GuestCommandEnding { result }

  init(_ configuration: GuestCommandConfiguration, socketPath: String, log: Logger) throws(SystemError) {
    self.configuration = configuration
    self.socketPath = socketPath
    self.log = log
    timer = try Timer()
    labels = LabelInbox(most: Self.maximumLabels, wake: try EventCounter())
  }

  /// Starts the command. `onLabel` is called for each label that its output sets; `whenEnded` once, when the command and its
  /// virtual machine have ended.
  func start(
    on loop: EventLoop, onLabel: @escaping (String) throws -> Void, whenEnded: @escaping () -> Void
  ) throws {
    (self.onLabel, self.whenEnded) = (onLabel, whenEnded)
    let process = try CommandProcess(configuration.words(socket: socketPath))
    self.process = process
    for (source, target) in [(process.output, configuration.output), (process.errors, configuration.errors)] {
      let search = LabelSearch(LabelScanner(configuration.labels), labels)
      outputs.append(try PassedOutput(from: source, to: target) { search.take($0) })
    }
    try loop.watch(labels.wake.descriptor) { [unowned self] in
      try setLabels()
    }
    end = try loop.watch(process.end) { [unowned self, unowned loop] in
      if let end { loop.cancel(end) }
      end = nil
      result.ending = process.ending
      // What its virtual machine did last is taken first.
      if isConnected { timer.set(after: Self.farewell) } else { whenEnded() }
    }
    try loop.watch(timer.descriptor) { [unowned self] in
      timer.acknowledge()
      expire()
    }
    if let timeout = configuration.timeout { timer.set(after: UInt64(max(1, timeout)) * 1_000_000_000) }
    log.info("started \(configuration.words.first?.printable ?? "")")
  }

  /// A virtual machine connected or left.
  func setConnected(_ isConnected: Bool) {
    self.isConnected = isConnected
    if !isConnected, result.ending != nil { whenEnded() }
  }

  /// The time is up: that of the command, that which it had to end, or that of its virtual machine.
  private func expire() {
    if result.ending != nil { return whenEnded() }
    if result.isTimedOut {
      process?.send(SIGKILL)
    } else {
      result.isTimedOut = true
      process?.send(SIGTERM)
      timer.set(after: Self.patience)
    }
  }

  private func setLabels() throws {
    for name in labels.take() { try onLabel(name) }
    guard labels.isFull, !hasSaidFull else { return }
    hasSaidFull = true
    log.warning("\(Self.maximumLabels) labels were set, and further ones are not recorded")
  }

  /// Ends the command, if it has not ended, and all processes of its group. A signal that arrives meanwhile, at `interruption`,
  /// kills it.
  func finish(interruption: SignalWatch) {
    guard let process else { return }
    if result.ending == nil {
      result.wasEnded = !result.isTimedOut
      process.send(SIGTERM)
      waitForEnd(of: process, interruption)
      result.ending = process.ending
    }
    for output in outputs { output.finish(withinMilliseconds: Self.readerTimeout) }
    outputs = []
    // A sink that failed says so when it is finished.
    try? setLabels()
    // Kills what is left of its group.
    self.process = nil
  }

  private func waitForEnd(of process: CommandProcess, _ interruption: SignalWatch) {
    guard let loop = try? EventLoop() else { return }
    timer.set(after: Self.patience)
    do {
      try loop.watch(process.end) { [unowned loop] in loop.stop() }
      try loop.watch(timer.descriptor) { [timer] in
        timer.acknowledge()
        process.send(SIGKILL)
      }
      try loop.watch(interruption.descriptor) {
        if interruption.take() != nil { process.send(SIGKILL) }
      }
      try loop.run()
    } catch {
      process.send(SIGKILL)
    }
  }
}

/// Search for labels in the output that a thread passes on.
private final class LabelSearch: Sendable {
  private let scanner: Mutex<LabelScanner>
  private let labels: LabelInbox

  init(_ scanner: LabelScanner, _ labels: LabelInbox) {
    self.scanner = Mutex(scanner)
    self.labels = labels
  }

  func take(_ block: [UInt8]) {
    labels.add(scanner.withLock { $0.take(block) })
  }
}

/// Labels that threads pass to an event loop, a bounded number of them.
private final class LabelInbox: Sendable {
  let wake: EventCounter
  private let most: Int
  private let state = Mutex<(names: [String], count: Int, isFull: Bool)>(([], 0, false))

  init(most: Int, wake: EventCounter) {
    self.most = most
    self.wake = wake
  }

  /// True when a label was refused.
  var isFull: Bool { state.withLock { $0.isFull } }

  func add(_ names: [String]) {
    guard !names.isEmpty else { return }
    state.withLock { state in
      let taken = names.prefix(most - state.count)
      state.names += taken
      state.count += taken.count
      if taken.count < names.count { state.isFull = true }
    }
    wake.signal()
  }

  /// Takes out the labels that came.
  func take() -> [String] {
    wake.drain()
    return state.withLock { state in
      defer { state.names = [] }
      return state.names
    }
  }
}

/// Private folder for the socket of a device whose virtual machine is started by the device. It is removed with this object.
final class TemporarySocketFolder {
  /// The path of the socket.
  let socketPath: String
  private let folder: String

  init() throws(SystemError) {
    let parent = ProcessEnvironment.value("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    // A longer path would not fit into the address of a socket.
    let place = parent.utf8.count <= 60 ? parent : "/tmp"
    var template = place.path(to: "scanout-XXXXXX").systemPath
    // Safe: the call writes six characters of the template, which ends with a zero and is ours.
    guard unsafe mkdtemp(&template) != nil else {
      throw SystemError("make a folder for the socket in \(place)", code: errno)
    }
    folder = String(fileName: template.dropLast().map { UInt8(bitPattern: $0) })
    socketPath = folder.path(to: "gpu.sock")
  }

  deinit {
    // Safe: the path is only read, up to its zero.
    unsafe unlink(socketPath.systemPath)
    // Safe: as above.
    unsafe rmdir(folder.systemPath)
  }
}
