public import Frames
internal import PNG
internal import Text

/// Judges the frames of a run against goldens, one after the other, and then what is missing.
///
/// A frame passes by its hash or by the bytes of its file, without decoding anything, once the chunks of both files were
/// checked; only one that differs is decoded. What cannot be read is a verdict of that frame, and the others are judged
/// all the same. One thread uses a judge at a time.
public final class GoldenJudge {
  private let goldens: GoldenSet
  private let results: ResultFolder?
  private let decodesEverything: Bool
  private var judged: [JudgedFrame] = []
  private var seen: Set<FrameName> = []
  private var problems: [String]
  /// The approved images that were read.
  private var examined: Set<GoldenImage> = []
  /// The files of frames whose chunks were checked.
  private var checked: Set<[UInt8]> = []

  /// A judge by these goldens, which puts images of what does not pass into `results`.
  ///
  /// `decodesEverything`: compares all pixels of all frames, and believes no file that states which image it holds.
  public init(_ goldens: GoldenSet, results: ResultFolder? = nil, decodesEverything: Bool = false) {
    self.goldens = goldens
    self.results = results
    self.decodesEverything = decodesEverything
    problems = goldens.problems
  }

  /// Judges a frame. Throws only when the results cannot be written.
  @discardableResult
  public func judge(_ frame: CandidateFrame) throws(GoldenError) -> JudgedFrame {
    seen.insert(frame.name)
    var result: JudgedFrame
    do {
      result = try compare(frame)
    } catch let error as GoldenError {
      throw error
    } catch {
      result = unreadable(frame.name, "\(error)")
    }
    (result.selector, result.recordedFrame) = (frame.selector, frame.recordedFrame)
    judged.append(result)
    return result
  }

  /// Takes note of a selector that selects no frame. `problem`: what there is instead.
  public func addNotReached(_ name: FrameName, selector: FrameSelector, problem: String) {
    seen.insert(name)
    var frame = JudgedFrame(name, .notReached)
    (frame.selector, frame.problem) = (selector, problem)
    judged.append(frame)
  }

  /// Takes note of a frame that cannot be read.
  public func addUnreadable(_ name: FrameName, problem: String) {
    seen.insert(name)
    judged.append(unreadable(name, problem))
  }

  /// Notes a problem of the run as a whole, as a sentence. A run with a problem does not pass.
  public func add(problem: String) {
    problems.append(problem)
  }

  /// The judgement of the whole run, with the goldens whose frames did not come. Called once, after the last frame.
  ///
  /// `notSelected`: the number of frames that were not judged because nothing selects them; nil: all were judged.
  public func finish(notSelected: Int? = nil) throws(GoldenError) -> Judgement {
    let missed = goldens.names.filter { !seen.contains($0) }.map { name in
      do {
        try goldens.checkPlace(of: name)
        for image in goldens.images(of: name) where !examined.contains(image) { _ = try goldens.content(of: image) }
        var frame = JudgedFrame(name, .notReached)
        if notSelected != nil { frame.problem = "nothing selects it" }
        return frame
      } catch {
        return unreadable(name, "\(error)")
      }
    }
    let judgement = Judgement(
      goldens: goldens.path, home: goldens.home, results: results?.madePath,
      frames: judged + missed + unexamined(), notSelected: notSelected, problems: problems)
    try results?.complete(judgement)
    return judgement
  }

  /// The further images of frames that passed by another one, as far as they cannot be read.
  private func unexamined() -> [JudgedFrame] {
    seen.sorted().filter { goldens.images(of: $0).count > 1 }.flatMap { name in
      goldens.images(of: name).filter { !examined.contains($0) }.compactMap { image in
        do {
          _ = try goldens.content(of: image)
          return nil
        } catch {
          return unreadable(name, "\(error)")
        }
      }
    }
  }

  private func unreadable(_ name: FrameName, _ problem: String) -> JudgedFrame {
    var frame = JudgedFrame(name, .unreadable)
    frame.problem = problem
    return frame
  }

  /// An approved image whose bytes were read.
  private struct Approved {
    let image: GoldenImage
    let content: PNGContent
  }

  private func compare(_ frame: CandidateFrame) throws -> JudgedFrame {
    guard goldens.has(frame.name) else { return try judgeWithoutGolden(frame) }
    try goldens.checkPlace(of: frame.name)
    let candidate = Candidate(frame)
    // Nothing is decoded for a frame that equals one of them by its hash or its bytes.
    var others: [Approved] = []
    for image in goldens.images(of: frame.name) {
      examined.insert(image)
      let (golden, read) = try goldens.knownHash(of: image)
      if !decodesEverything, let golden, frame.hash == golden {
        try check(candidate)
        return JudgedFrame(frame.name, .pass)
      }
      let content = try read ?? goldens.content(of: image)
      // A file that states no hash is another program's, and may still be the very file that was approved.
      if !decodesEverything, golden == nil, try candidate.content()?.hasSameBytes(as: content) == true {
        return JudgedFrame(frame.name, .pass)
      }
      others.append(Approved(image: image, content: content))
    }
    return try compare(candidate, of: frame, others)
  }

  /// Compares a frame with goldens whose hash differs, and reports the closest.
  private func compare(
    _ candidate: Candidate, of frame: CandidateFrame, _ approved: [Approved]
  ) throws -> JudgedFrame {
    var closest: (difference: ImageDifference, expected: Image, content: PNGContent)?
    for one in approved {
      let expected = try one.content.decode()
      let golden = goldens.note(expected, of: one.image)
      if !decodesEverything, frame.hash == golden {
        try check(candidate)
        return JudgedFrame(frame.name, .pass)
      }
      guard let difference = try ImageDifference(expected: expected, actual: try candidate.decode()) else {
        return JudgedFrame(frame.name, .pass)
      }
      if let closest, closest.difference.differingPixels <= difference.differingPixels { continue }
      closest = (difference, expected, one.content)
    }
    guard let closest else { return JudgedFrame(frame.name, .missingGolden) }
    let actual = try candidate.decode()
    var difference = closest.difference
    if let other = goldens.neighbour(of: frame.name, hash: try candidate.hash()) {
      difference.diagnoses.insert(.otherGolden(other), at: 0)
    }
    var result = JudgedFrame(frame.name, .mismatch)
    if let results {
      result.images = JudgedFrame.Images(
        actual: try results.write(candidate.bytes(), as: .actual, of: frame.name),
        expected: try results.write(closest.content.bytes, as: .expected, of: frame.name),
        // A size that covers both may be too large for an image; the verdict does not need the difference image.
        diff: try (try? difference.draw(expected: closest.expected, actual: actual)).map {
          try results.write($0, as: .diff, of: frame.name)
        })
    }
    result.difference = difference
    return result
  }

  private func judgeWithoutGolden(_ frame: CandidateFrame) throws -> JudgedFrame {
    let candidate = Candidate(frame)
    // A file that is damaged is unreadable, with or without a golden.
    try check(candidate)
    let hash: FrameHash
    if let stated = frame.hash, !decodesEverything {
      hash = stated
    } else {
      hash = try candidate.hash()
    }
    if let substitute = goldens.substitute(for: frame.name, hash: hash) {
      var result = JudgedFrame(frame.name, .pass)
      result.substitute = substitute
      return result
    }
    var result = JudgedFrame(frame.name, .missingGolden)
    if let results {
      // What cannot be decoded is not approved.
      _ = try candidate.decode()
      result.images = JudgedFrame.Images(actual: try results.write(candidate.bytes(), as: .actual, of: frame.name))
    }
    return result
  }

  /// Checks the chunks of a frame's file, once for each file.
  private func check(_ candidate: Candidate) throws {
    guard let path = candidate.path, !checked.contains(path) else { return }
    // Of an image with transparent colours, the hash that its file states says nothing about them.
    if try candidate.content()?.kind == .alpha { _ = try candidate.decode() }
    checked.insert(path)
  }

  /// A frame whose file is read, and whose image is decoded, at most once.
  private final class Candidate {
    private let frame: CandidateFrame
    private var read: PNGContent?
    private var decoded: Image?
    private var decodedHash: FrameHash?

    init(_ frame: CandidateFrame) {
      self.frame = frame
    }

    /// What tells its file from others; nil for a frame without one.
    var path: [UInt8]? {
      if case .file(let path, _) = frame.source { Array(path.utf8) } else { nil }
    }

    /// The file's bytes, with their chunks checked; nil for a frame without a file.
    func content() throws -> PNGContent? {
      guard read == nil, case .file(_, let open) = frame.source else { return read }
      read = try open().content()
      return read
    }

    func decode() throws -> Image {
      if let decoded { return decoded }
      let image: Image
      switch frame.source {
      case .image(let load): image = try load()
      case .file(let path, let open):
        image = try (try content() ?? open().content()).decode()
        if let stated = frame.hash {
          let hash = FrameHash(of: image)
          guard stated == hash else { throw ChangedFile(path: path) }
          decodedHash = hash
        }
      }
      decoded = image
      return image
    }

    /// Hash of what was decoded.
    func hash() throws -> FrameHash {
      if let decodedHash { return decodedHash }
      let hash = FrameHash(of: try decode())
      decodedHash = hash
      return hash
    }

    /// The bytes that become the golden when the frame is approved: those of its file, if it has one.
    func bytes() throws -> [UInt8] {
      if let content = try content() { return content.bytes }
      let image = try decode()
      return PNGEncoder().encode(image, hash: try hash())
    }
  }

  /// A file's pixels are not those of the hash that it, or its recording, states.
  private struct ChangedFile: Error, CustomStringConvertible {
    let path: String
    var description: String {
      "\(path.printable) holds another image than the one that was recorded: it was changed afterwards"
    }
  }
}
