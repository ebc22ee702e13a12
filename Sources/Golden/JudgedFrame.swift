public import PNG

/// A frame to be judged.
public struct CandidateFrame {
  /// Its name, which is that of its golden.
  public let name: FrameName
  /// Which picture it is, if that is known without decoding it.
  public let hash: FrameHash?
  /// Gives the opaque picture: called only if the hash is not known or not that of the golden.
  let load: () throws -> Picture

  /// A frame whose picture can be had when it is needed.
  public init(_ name: FrameName, hash: FrameHash?, load: @escaping () throws -> Picture) {
    self.name = name
    self.hash = hash
    self.load = load
  }

  /// A frame whose picture is there.
  public init(_ name: FrameName, picture: Picture) {
    self.init(name, hash: FrameHash(of: picture)) { picture }
  }
}

/// What became of one frame or golden.
public struct JudgedFrame: Sendable, Codable, Equatable {
  /// Its name.
  public let name: FrameName
  /// The verdict.
  public let verdict: Verdict
  /// How the frame differs from its golden: for a mismatch.
  public internal(set) var difference: PictureDifference?
  /// The golden under whose name a frame without one of its own passed.
  public internal(set) var substitute: FrameName?
  /// Why the frame or its golden cannot be read.
  public internal(set) var problem: String?

  init(_ name: FrameName, _ verdict: Verdict) {
    self.name = name
    self.verdict = verdict
  }
}
