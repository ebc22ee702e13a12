public import Display
public import FrameDump

/// What came of a ``Run``.
public struct RunReport: Sendable {
  /// The dump that was written; nil: none was asked for.
  public var dump: Dump?
  /// How many frames were played; nil: the source is not a recording.
  public var played: Int?

  /// A dump that was written.
  public struct Dump: Sendable {
    /// Its folder, as the user named it.
    public var folder: String
    /// How many frames each scanout has.
    public var frameCounts: [ScanoutID: Int]
    /// Why the recording ended before its source; nil: it did not.
    public var earlyEnd: EarlyEnd?

    /// How many frames there are in all.
    public var frames: Int { frameCounts.values.reduce(0, +) }
  }

  init(_ dump: FrameDumpSink?, in folder: String?, played: Int? = nil) {
    self.played = played
    guard let dump, let folder else { return }
    self.dump = Dump(folder: folder, frameCounts: dump.frameCounts, earlyEnd: dump.earlyEnd)
  }
}
