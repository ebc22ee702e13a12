import Display
import FrameDump
import PNG
import Text

/// What `scanout inspect` says of a recording, in words and as JSON. Times are in milliseconds of the device's clock.
struct RecordingDescription: Encodable {
  struct Scanout: Encodable {
    let scanout: Int
    let frames: Int
    let sizes: [String]
    let formats: [String]
    let flushes: Int
    /// The share of the picture that a flush damages, on average, from 0 to 1.
    let damagedShare: Double
    let ticks: Int
    let medianInterval: Double?
    let longestInterval: Double?
  }

  struct Frame: Encodable {
    let file: String
    let hash: String?
    let scanout: Int
    let number: Int
    let size: String
    let time: Double
  }

  let path: String
  let form: String
  let isFinished: Bool
  let producer: String
  let source: String
  let renderer: String
  let cursor: String
  let duration: Double
  let frameCount: Int
  let differentPictures: Int
  let scanouts: [Scanout]
  let frames: [Frame]?
  let problems: [String]

  init(_ recording: Recording, listsFrames: Bool) {
    path = recording.path
    form = recording.form.rawValue
    isFinished = recording.isFinished
    producer = recording.options.provenance.producer
    source = recording.options.provenance.source
    renderer = recording.options.provenance.renderer
    cursor = recording.options.cursor.rawValue
    duration = Self.milliseconds(recording.duration.nanoseconds)
    frameCount = recording.frames.count
    differentPictures = Set(recording.frames.map(\.file)).count
    scanouts = recording.scanouts.map { scanout in
      let intervals = scanout.intervals.sorted()
      return Scanout(
        scanout: scanout.scanout, frames: scanout.frames, sizes: scanout.sizes.map(\.description),
        formats: scanout.formats.map(\.rawValue), flushes: scanout.flushes,
        damagedShare: scanout.shownPixels == 0 ? 0 : Double(scanout.damagedPixels) / Double(scanout.shownPixels),
        ticks: scanout.ticks,
        medianInterval: intervals.isEmpty ? nil : Self.milliseconds(intervals[intervals.count / 2]),
        longestInterval: intervals.last.map(Self.milliseconds))
    }
    frames = listsFrames ? recording.frames.map(Self.describe) : nil
    problems = recording.problems
  }

  private static func describe(_ frame: RecordedFrame) -> Frame {
    Frame(
      file: frame.file, hash: frame.hash?.description, scanout: frame.scanout, number: frame.number,
      size: frame.size.description, time: milliseconds(frame.time.nanoseconds))
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> Double {
    Double(nanoseconds / 1000) / 1000
  }

  /// For people.
  var text: String {
    var lines = ["\(path): \(form == "dump" ? "a frame dump" : "a folder of PNG files")"]
    if form == "dump" {
      lines.append("recorded by  \(producer), from \(source), renderer \(renderer)")
      lines.append("finished     \(isFinished ? "yes" : "no: its writer did not come to its end")")
      lines.append(
        "pointer      \(cursor == "with" ? "in the frames" : cursor == "both" ? "in a second file" : "not in the frames")"
      )
    }
    lines.append(
      "frames       \(frameCount), of \(count(differentPictures, "different picture")), in \(seconds(duration))"
    )
    for scanout in scanouts { lines.append(describe(scanout)) }
    for frame in frames ?? [] {
      lines.append("  \(frame.file)  \(frame.size)  \(seconds(frame.time))  \(frame.hash ?? "")")
    }
    for problem in problems { lines.append("problem      \(problem)") }
    return lines.joined(separator: "\n")
  }

  private func describe(_ scanout: Scanout) -> String {
    let sizes = scanout.sizes.joined(separator: ", ")
    let formats = scanout.formats.joined(separator: ", ")
    let flushes = "\(scanout.flushes) \(scanout.flushes == 1 ? "flush" : "flushes")"
    let share = Int(scanout.damagedShare * 1000)
    let interval = scanout.medianInterval.map { ", median interval \(Double(Int($0 * 100)) / 100) ms" } ?? ""
    return """
      scanout \(scanout.scanout)    \(count(scanout.frames, "frame")), \(flushes)\(interval)
                   sizes \(sizes); formats \(formats)
                   a flush damages \(share / 10).\(share % 10) % of the picture
      """
  }

  private func seconds(_ milliseconds: Double) -> String {
    "\(Double(Int(milliseconds)) / 1000) s"
  }
}
