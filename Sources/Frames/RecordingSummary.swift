public import Display

/// Summary of a recording: counts and problems that its reader found when it was opened.
public struct RecordingSummary: Sendable, Hashable {
  /// How many events it has.
  public private(set) var eventCount = 0
  /// How many frames it has.
  public private(set) var frameCount = 0
  /// How many files its frames are in. Equal frames share one.
  public private(set) var imageCount = 0
  /// The time of the last event.
  public private(set) var duration = DisplayTime.zero
  /// Frames that cannot be read; a sentence of ``problems`` says the same of the first hundred.
  public var lostFrames: [LostFrame] { lost.all }
  /// Problems of the recording, one sentence each.
  public var problems: [String] { list.sentences }
  /// Summaries of the scanouts, sorted by scanout number.
  public var scanouts: [RecordedScanout] { figures.values.sorted { $0.scanout < $1.scanout } }

  /// The labels, in the order in which they were set; the first thousand of them.
  public private(set) var labels: [RecordedLabel] = []
  /// How many labels it has.
  public private(set) var labelCount = 0

  /// How many labels are listed.
  private static let maximumLabels = 1000

  private var figures: [ScanoutID: RecordedScanout] = [:]
  private var lost = LostFrames()
  private var list = ProblemList()

  /// The summary of an empty recording.
  package init() {}

  /// Counts an event. `isNewImage`: its frame has a file that no frame before it had.
  package mutating func count(_ event: RecordedEvent, isNewImage: Bool) {
    eventCount += 1
    duration = event.time
    if case .label(let name) = event.change {
      labelCount += 1
      if labels.count < Self.maximumLabels { labels.append(RecordedLabel(name: name, time: event.time)) }
      return
    }
    figures[event.scanout, default: RecordedScanout(event.scanout)].count(event)
    guard event.frame != nil else { return }
    frameCount += 1
    if isNewImage { imageCount += 1 }
  }

  /// Adds a problem.
  package mutating func add(problem: String) {
    list.add(problem)
  }

  /// Adds a frame that cannot be read; `file`: nil when its name is not known.
  package mutating func addLost(_ file: String?, _ reason: String) {
    lost.add(file, reason)
  }

  /// The scanout that a frame is on when only its number is given: the first that has frames.
  public var firstScanout: ScanoutID? { scanouts.first { $0.frames > 0 }?.scanout }
}
