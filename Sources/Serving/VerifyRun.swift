internal import FrameDump
public import Frames
public import Golden
internal import PNG
internal import Text

/// Compares the frames of a recording with goldens.
///
/// It has no sinks: its frames go to the judge. Used on one thread: ``init(_:)``, then ``judge()``, once.
public final class VerifyRun {
  /// Folder of results when none is named.
  public static let defaultResults = "scanout-results"

  /// Called with a sentence for each problem of the recording that is not one of a frame.
  public var onProblem: (String) -> Void = { _ in }
  /// Called after each frame.
  public var onFrame: (_ done: Int, _ total: Int) -> Void = { _, _ in }

  private let configuration: VerifyConfiguration
  private let results: ResultFolder

  /// Removes the results of an earlier run: what is there after a failure must not be those of another run.
  public init(_ configuration: VerifyConfiguration) throws(GoldenError) {
    self.configuration = configuration
    results = try ResultFolder(
      configuration.results ?? Self.defaultResults, test: configuration.test,
      makesAtOnce: configuration.results != nil)
  }

  /// Reads the recording and the goldens, and compares all frames.
  public func judge() throws -> Judgement {
    let recording = try Recording.open(configuration.source)
    let judge = GoldenJudge(
      try openGoldens(), results: results, decodesEverything: configuration.decodesEverything)
    let lost = Set(recording.lostFrames.map(\.reason))
    for problem in recording.problems where !lost.contains(problem) { onProblem(problem) }
    if !recording.isFinished, !configuration.allowsUnfinished {
      judge.add(
        problem: "the recording did not finish, so frames may be missing at its end; scanout verify "
          + "\(configuration.source.shellQuoted) --golden \(configuration.goldens.shellQuoted)"
          + configuration.selections.map { " --frame \($0.description.shellQuoted)" }.joined()
          + " --allow-unfinished judges the others")
    }
    guard configuration.selections.isEmpty else { return try judgeSelected(of: recording, by: judge) }
    var count = 0
    try recording.forEachFrame { frame in
      try judge.judge(candidate(frame, in: recording))
      if frame.cursorFile != nil { try judge.judge(candidate(frame, in: recording, showingCursor: true)) }
      count += 1
      onFrame(count, recording.frameCount)
    }
    for frame in recording.lostFrames {
      if let file = frame.file {
        judge.addUnreadable(name(file, in: recording), problem: frame.reason)
      } else {
        judge.add(problem: frame.reason)
      }
    }
    return try judge.finish()
  }

  /// Judges the frames that are selected, each under the name that the selection gives it.
  private func judgeSelected(of recording: Recording, by judge: GoldenJudge) throws -> Judgement {
    // A frame that is lost may be the one that would have been selected.
    for frame in recording.lostFrames { judge.add(problem: frame.reason) }
    var chosen: Set<FramePosition> = []
    for (selection, outcome) in zip(
      configuration.selections, try recording.search(configuration.selections.map(\.selector)))
    {
      switch outcome {
      case .notReached(let reason):
        judge.addNotReached(selection.name, selector: selection.selector, problem: reason)
      case .selected(let frame):
        chosen.insert(FramePosition(scanout: frame.scanout, number: frame.number))
        for showsCursor in frame.cursorFile == nil ? [false] : [false, true] {
          let recorded = candidate(frame, in: recording, showingCursor: showsCursor)
          let named = candidate(
            frame, in: recording, showingCursor: showsCursor, as: selection.name(showingCursor: showsCursor))
          try judge.judge(named.selected(by: selection.selector, recordedFrame: recorded.name))
        }
      }
    }
    return try judge.finish(notSelected: recording.frameCount - chosen.count)
  }

  private func candidate(
    _ frame: RecordedFrame, in recording: Recording, showingCursor: Bool = false, as given: FrameName? = nil
  ) -> CandidateFrame {
    let file = showingCursor ? frame.cursorFile ?? frame.file : frame.file
    // A dump's frames may share a file, so its numbers count.
    let name =
      given
      ?? (recording.form == .images
        ? FrameName(file: file)
        : FrameName(scanout: frame.scanout, number: frame.number, showsCursor: showingCursor))
    return CandidateFrame(
      name, hash: showingCursor ? frame.cursorHash : frame.hash, path: recording.path.path(to: file)
    ) { try recording.file(of: frame, showingCursor: showingCursor) }
  }

  /// Images of other origin keep their paths; a dump's frames are in one folder.
  private func name(_ file: String, in recording: Recording) -> FrameName {
    FrameName(file: recording.form == .images ? file : file.split(separator: "/").last.map(String.init) ?? file)
  }

  /// A dump names the file of every frame; any other folder has a file for each golden.
  private func openGoldens() throws -> GoldenSet {
    let goldens = configuration.goldens
    guard try Recording.isDump(goldens) else { return try GoldenSet(folder: goldens) }
    let dump = try Recording.open(goldens)
    var images: [FrameName: [GoldenImage]] = [:]
    let selections = configuration.selections
    guard selections.isEmpty else {
      for (selection, outcome) in zip(selections, try dump.search(selections.map(\.selector))) {
        guard case .selected(let frame) = outcome else { continue }
        images[selection.name] = [GoldenImage(file: frame.file)]
        if let file = frame.cursorFile { images[selection.name(showingCursor: true)] = [GoldenImage(file: file)] }
      }
      return try GoldenSet(
        path: goldens, images: images, problems: dump.lostFrames.map { "a golden cannot be read: \($0.reason)" })
    }
    try dump.forEachFrame { frame in
      images[FrameName(scanout: frame.scanout, number: frame.number)] = [GoldenImage(file: frame.file)]
      if let file = frame.cursorFile {
        images[FrameName(scanout: frame.scanout, number: frame.number, showsCursor: true)] = [GoldenImage(file: file)]
      }
    }
    return try GoldenSet(
      path: goldens, images: images, problems: dump.lostFrames.map { "a golden cannot be read: \($0.reason)" })
  }
}

/// What is compared with what.
public struct VerifyConfiguration: Sendable {
  /// The recording, as the user named it.
  public var source: String
  /// The goldens, a folder of PNG files or another dump, as the user named them.
  public var goldens: String
  /// The frames to judge; empty: all of them.
  public var selections: [FrameSelection] = []
  /// Folder of results; nil: ``VerifyRun/defaultResults``, which is made when a frame does not pass.
  public var results: String?
  /// The test whose results these are; nil: tests do not share the folder.
  public var test: String?
  /// True: a recording that did not finish may pass.
  public var allowsUnfinished = false
  /// True: decodes every frame and golden, and believes no hash that a file states.
  public var decodesEverything = false

  /// A comparison of a recording with goldens.
  public init(source: String, goldens: String) {
    self.source = source
    self.goldens = goldens
  }
}
