internal import PNG

/// Judges the frames of a run against goldens, one after the other, and then what is missing.
///
/// A frame passes by its hash, without decoding anything; only one that differs is decoded. What cannot be read is a
/// verdict of that frame, and the others are judged all the same. One thread uses a judge at a time.
public final class GoldenJudge {
  private let goldens: GoldenSet
  private let results: ResultFolder?
  private var judged: [JudgedFrame] = []
  private var seen: Set<FrameName> = []

  /// A judge by these goldens, which puts pictures of what does not pass into `results`.
  public init(_ goldens: GoldenSet, results: ResultFolder? = nil) {
    self.goldens = goldens
    self.results = results
  }

  /// Judges a frame. Throws only when the results cannot be written.
  @discardableResult
  public func judge(_ frame: CandidateFrame) throws(GoldenError) -> JudgedFrame {
    seen.insert(frame.name)
    let result: JudgedFrame
    do {
      result = try compare(frame)
    } catch let error as GoldenError {
      throw error
    } catch {
      var unreadable = JudgedFrame(frame.name, .unreadable)
      unreadable.problem = "\(error)"
      result = unreadable
    }
    judged.append(result)
    return result
  }

  /// The judgement of the whole run, with the goldens whose frames did not come. Called once, after the last frame.
  public func finish() throws(GoldenError) -> Judgement {
    let missed = goldens.names.filter { !seen.contains($0) }.map { JudgedFrame($0, .notReached) }
    let judgement = Judgement(
      goldens: goldens.path, home: goldens.home, results: results?.path, frames: judged + missed)
    try results?.complete(judgement)
    return judgement
  }

  private func compare(_ frame: CandidateFrame) throws -> JudgedFrame {
    guard let golden = try goldens.hash(of: frame.name) else { return try judgeWithoutGolden(frame) }
    if frame.hash == golden { return JudgedFrame(frame.name, .pass) }
    let actual = try frame.load()
    guard
      let expected = try goldens.picture(of: frame.name),
      var difference = try PictureDifference(expected: expected, actual: actual)
    else { return JudgedFrame(frame.name, .pass) }
    if let other = goldens.names(of: FrameHash(of: actual)).nearest(to: frame.name) {
      difference.diagnoses.insert(.otherGolden(other), at: 0)
    }
    try results?.write(actual, as: .actual, of: frame.name)
    try results?.write(expected, as: .expected, of: frame.name)
    // Around two possible pictures there may be no possible one; the verdict does not need it.
    if let results, let picture = try? difference.picture(expected: expected, actual: actual) {
      try results.write(picture, as: .diff, of: frame.name)
    }
    var result = JudgedFrame(frame.name, .mismatch)
    result.difference = difference
    return result
  }

  private func judgeWithoutGolden(_ frame: CandidateFrame) throws -> JudgedFrame {
    let hash = try frame.hash ?? FrameHash(of: frame.load())
    if let substitute = goldens.substitute(for: frame.name, hash: hash) {
      var result = JudgedFrame(frame.name, .pass)
      result.substitute = substitute
      return result
    }
    try results?.write(frame.load(), as: .actual, of: frame.name)
    return JudgedFrame(frame.name, .missingGolden)
  }
}

extension [FrameName] {
  /// The one whose number is closest, of the same scanout if there is one.
  fileprivate func nearest(to name: FrameName) -> FrameName? {
    func distance(_ other: FrameName) -> Int {
      guard let one = name.position, let two = other.position, one.scanout == two.scanout else { return .max }
      let (difference, overflows) = one.number.subtractingReportingOverflow(two.number)
      return overflows ? .max : abs(difference)
    }
    return self.min { distance($0) < distance($1) }
  }
}
