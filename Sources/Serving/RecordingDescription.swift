internal import Display
public import FrameDump
internal import Frames
internal import PNG
internal import Text

/// Description of a recording, as text and as JSON: what `scanout inspect` prints. Times are in milliseconds of the device clock.
public struct RecordingDescription: Encodable {
  struct ScanoutDescription: Encodable {
    let scanout: Int
    let frameCount: Int
    let sizes: [Size]
    let formats: [String]
    let flushes: Int
    /// Part of the image that a flush damages, on average, from 0 to 1.
    let damagedShare: Double
    let ticks: Int
    let medianIntervalMilliseconds: Double?
    let longestIntervalMilliseconds: Double?
  }

  struct FrameDescription: Encodable {
    let file: String
    let hash: String?
    let cursorFile: String?
    let cursorHash: String?
    let scanout: Int
    let number: Int
    let size: Size
    let timeMilliseconds: Double
  }

  struct LabelDescription: Encodable {
    let name: String
    let timeMilliseconds: Double
  }

  struct LostFrameDescription: Encodable {
    let file: String?
    let reason: String
  }

  let path: String
  let form: String
  let isFinished: Bool
  let producer: String
  let source: String
  let renderer: String
  let cursor: String
  let durationMilliseconds: Double
  let frameCount: Int
  let differentImages: Int
  /// True when every file was decoded.
  let isChecked: Bool
  let scanouts: [ScanoutDescription]
  let frames: [FrameDescription]?
  let labels: [LabelDescription]
  let lostFrames: [LostFrameDescription]
  /// Sentences about what is wrong with the recording.
  public let problems: [String]

  private enum CodingKeys: String, CodingKey {
    case path, form, isFinished, producer, source, renderer, cursor, durationMilliseconds, frameCount
    case differentImages = "differentPictures"
    case isChecked, scanouts, frames, labels, lostFrames, problems
  }

  /// Describes a recording. With `listsFrames` it has each frame as well, and takes memory for all of them.
  public init(_ recording: Recording, _ check: RecordingCheck?, listsFrames: Bool) throws {
    path = recording.path
    form = recording.form.rawValue
    isFinished = recording.isFinished
    producer = recording.properties.provenance.producer
    source = recording.properties.provenance.source
    renderer = recording.properties.provenance.renderer
    cursor = recording.properties.cursor.rawValue
    durationMilliseconds = Self.milliseconds(recording.summary.duration.nanoseconds)
    frameCount = recording.frameCount
    differentImages = recording.summary.imageCount
    isChecked = check != nil
    scanouts = recording.scanouts.map { scanout in
      ScanoutDescription(
        scanout: scanout.scanout, frameCount: scanout.frames, sizes: scanout.sizes,
        formats: scanout.formats.map(\.rawValue), flushes: scanout.flushes,
        damagedShare: scanout.shownPixels == 0 ? 0 : Double(scanout.damagedPixels) / Double(scanout.shownPixels),
        ticks: scanout.ticks,
        medianIntervalMilliseconds: scanout.intervals.median.map(Self.milliseconds),
        longestIntervalMilliseconds: scanout.intervals.longest.map(Self.milliseconds))
    }
    if listsFrames {
      var frames: [FrameDescription] = []
      try recording.forEachFrame { frames.append(Self.describe($0)) }
      self.frames = frames
    } else {
      frames = nil
    }
    labels = recording.summary.labels.map {
      LabelDescription(name: $0.name, timeMilliseconds: Self.milliseconds($0.time.nanoseconds))
    }
    lostFrames = recording.lostFrames.map { LostFrameDescription(file: $0.file, reason: $0.reason) }
    problems = recording.problems + (check?.problems ?? [])
  }

  private static func describe(_ frame: RecordedFrame) -> FrameDescription {
    FrameDescription(
      file: frame.file, hash: frame.hash?.description, cursorFile: frame.cursorFile,
      cursorHash: frame.cursorHash?.description, scanout: frame.scanout, number: frame.number, size: frame.size,
      timeMilliseconds: milliseconds(frame.time.nanoseconds))
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> Double {
    Double(nanoseconds / 1000) / 1000
  }

  /// The description as one sentence.
  public var summary: String {
    let kind = form == "dump" ? "a frame dump" : "a folder of PNG files"
    let state = isFinished ? "" : " that did not finish"
    let wrong = problems.isEmpty ? "" : "; \(count(problems.count, "problem"))"
    return "\(path.printable): \(kind)\(state), \(count(frameCount, "frame"))\(wrong)"
  }

  /// The description as lines for people.
  public var text: String {
    var lines = ["\(path.printable): \(form == "dump" ? "a frame dump" : "a folder of PNG files")"]
    if form == "dump" {
      lines.append(
        "recorded by  \(producer.printable), from \(source.printable), renderer \(renderer.printable)")
      lines.append("finished     \(isFinished ? "yes" : "no: frames may be missing at its end")")
      lines.append(
        "cursor       \(cursor == "with" ? "in the frames" : cursor == "both" ? "in a second file" : "not in the frames")"
      )
    }
    lines.append(
      "frames       \(frameCount), of \(count(differentImages, "different image")), in \(seconds(durationMilliseconds))"
    )
    for scanout in scanouts { lines.append(describe(scanout)) }
    for label in labels.prefix(frames == nil ? Self.maximumLabels : .max) {
      lines.append("label        \(label.name.printable) at \(seconds(label.timeMilliseconds))")
    }
    if frames == nil, labels.count > Self.maximumLabels {
      lines.append("             … and \(count(labels.count - Self.maximumLabels, "more label"))")
    }
    for frame in frames ?? [] {
      lines.append("  \(frame.file.printable)  \(frame.size)  \(seconds(frame.timeMilliseconds))  \(frame.hash ?? "")")
    }
    for problem in problems { lines.append("problem      \(problem.printable)") }
    lines.append(
      isChecked
        ? "checked      every file was decoded"
        : "not checked  names and headers only were read; --check decodes every file")
    return lines.joined(separator: "\n")
  }

  /// How many labels the text has, unless it lists everything.
  private static let maximumLabels = 10

  private func describe(_ scanout: ScanoutDescription) -> String {
    let sizes = scanout.sizes.map(\.description).joined(separator: ", ")
    let formats = scanout.formats.joined(separator: ", ")
    let share = Int(scanout.damagedShare * 1000)
    let interval =
      scanout.medianIntervalMilliseconds.map { ", median interval \(Double(Int($0 * 100)) / 100) ms" } ?? ""
    return """
      scanout \(scanout.scanout)    \(count(scanout.frameCount, "frame")), \(count(scanout.flushes, "flush"))\(interval)
                   sizes \(sizes); formats \(formats)
                   a flush damages \(share / 10).\(share % 10) % of the image
      """
  }

  private func seconds(_ milliseconds: Double) -> String {
    "\(Double(Int(milliseconds)) / 1000) s"
  }
}
