internal import Display
internal import DisplaySocket
internal import LinuxIO
internal import Logging
internal import Synchronization
internal import VirtioGPU

/// The virtual machine's own display: gets the frames over the display socket that the front end gave, and is asked for its
/// outputs.
///
/// Everything happens on the thread of the event loop; the sinks report to it.
final class FrontEndDisplay {
  /// How long a driver waits for the front end's outputs, in nanoseconds. A virtual machine that is stopped does not reply.
  static let outputPatience: UInt64 = 1_000_000_000

  /// What the front end replied, while the driver waits for it and later.
  var onOutputs: (_ outputs: [Output], _ isAwaited: Bool) -> Void = { _, _ in }

  /// What sinks report on their threads.
  private final class Reports: Sendable {
    enum Report: Sendable {
      case ready
      case ended(DisplaySocketSinkEnd)
      case notice(String)
      case outputs([Output]?)
    }

    let waiting = Mutex<[(sink: UInt64, report: Report)]>([])
    let arrival: EventCounter

    init() throws(SystemError) {
      arrival = try EventCounter()
    }

    func add(_ report: Report, of sink: UInt64) {
      waiting.withLock { $0.append((sink, report)) }
      arrival.signal()
    }
  }

  private let source: DisplaySource
  private let log: RateLimitedLog
  private let reports: Reports
  private let timer: Timer
  private var sink: DisplaySocketSink?
  /// The number of the sink: reports of former ones come late.
  private var number: UInt64 = 0
  /// Called when the outputs are known or the time is up; nil: nobody waits.
  private var whenOutputsAreKnown: (() -> Void)?
  /// True while the front end owes a reply.
  private var isAsking = false

  init(_ source: DisplaySource, loop: EventLoop, log: RateLimitedLog) throws(SystemError) {
    self.source = source
    self.log = log
    reports = try Reports()
    timer = try Timer()
    try loop.watch(reports.arrival.descriptor) { [weak self] in self?.takeReports() }
    try loop.watch(timer.descriptor) { [weak self] in self?.stopWaiting() }
  }

  /// Sends frames to the front end at the other end of a socket from now on, and to none before it.
  func attach(_ socket: Descriptor) {
    detach()
    let (reports, number) = (reports, number)
    var options = DisplaySocketSink.Options()
    // QEMU has none of these, and the front end of a virtual machine is nobody to open the guest's memory for.
    options.features.remove(.surfaces)
    options.onReady = { _ in reports.add(.ready, of: number) }
    options.onEnd = { reports.add(.ended($0), of: number) }
    options.onNotice = { reports.add(.notice($0), of: number) }
    do {
      let sink = try DisplaySocketSink(socket, options: options)
      self.sink = sink
      try source.add(sink, named: "display socket", policy: .optional)
    } catch {
      log.log(.warning, "frames do not go to the virtual machine's display: \(error)")
      detach()
    }
  }

  /// Sends nothing any more.
  func detach() {
    number += 1
    isAsking = false
    if let sink {
      self.sink = nil
      source.remove(sink)
      sink.stop()
    }
    stopWaiting()
  }

  /// Asks the front end for its outputs. `completion` is called when ``onOutputs`` was called, or when the time is up; false:
  /// there is nobody to ask. A front end that owes a reply already is not waited for again.
  func askOutputs(_ completion: @escaping () -> Void) -> Bool {
    guard let sink, !isAsking else { return false }
    isAsking = true
    whenOutputsAreKnown = completion
    timer.set(after: Self.outputPatience)
    let (reports, number) = (reports, number)
    sink.askOutputs { reports.add(.outputs($0), of: number) }
    return true
  }

  private func stopWaiting() {
    timer.set(after: nil)
    timer.acknowledge()
    let completion = whenOutputsAreKnown
    whenOutputsAreKnown = nil
    completion?()
  }

  private func takeReports() {
    reports.arrival.drain()
    let all = reports.waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for (number, report) in all where number == self.number { take(report) }
  }

  private func take(_ report: Reports.Report) {
    switch report {
    case .ready: log.log(.info, "frames go to the virtual machine's display")
    case .ended(let end):
      log.log(end == .closed ? .info : .warning, "frames go to the virtual machine's display no longer: \(end)")
      detach()
    case .notice(let sentence): log.log(.info, sentence)
    case .outputs(let outputs):
      isAsking = false
      if let outputs { onOutputs(outputs, whenOutputsAreKnown != nil) }
      stopWaiting()
    }
  }
}
