public import Display
public import FrameDump

/// Result of a ``Run``.
public struct RunReport: Sendable {
  /// The dump that was written; nil: the run had none.
  public var dump: WrittenDump?
  /// Number of frames that were played; nil: the source is not a recording.
  public var played: Int?
  /// How the command of a device ended; nil: there was none.
  public var command: GuestCommandEnding?

  /// A dump that was written.
  public struct WrittenDump: Sendable {
    /// Its folder, as the user named it.
    public var folder: String
    /// Number of frames of each scanout.
    public var frameCounts: [ScanoutID: Int]
    /// Reason why the recording ended before its source; nil: it did not.
    public var earlyEnd: EarlyEnd?

    /// Number of frames of all scanouts.
    public var frames: Int { frameCounts.values.reduce(0, +) }
  }

  init(_ dump: FrameDumpSink?, in folder: String?, played: Int? = nil) {
    self.played = played
    guard let dump, let folder else { return }
    self.dump = WrittenDump(folder: folder, frameCounts: dump.frameCounts, earlyEnd: dump.earlyEnd)
  }
}
