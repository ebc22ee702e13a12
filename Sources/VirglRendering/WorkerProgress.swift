internal import Synchronization

/// How far the thread of a renderer is with its commands, in one word that both threads see.
struct WorkerProgress: RawRepresentable, AtomicRepresentable {
  /// The two upper bits are flags, the others count.
  private(set) var rawValue: UInt64

  private static let abandoned: UInt64 = 1 << 63
  private static let executing: UInt64 = 1 << 62

  init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// So many commands are finished, and the next one may be under way.
  init(finishedCount: UInt64, isExecuting: Bool) {
    rawValue = finishedCount | (isExecuting ? Self.executing : 0)
  }

  /// How many commands are finished.
  var finishedCount: UInt64 { rawValue & ~(Self.abandoned | Self.executing) }

  /// True while the command after them is carried out.
  var isExecuting: Bool { rawValue & Self.executing != 0 }

  /// How many commands were begun.
  var begunCount: UInt64 { finishedCount + (isExecuting ? 1 : 0) }

  /// True when nobody waits for the thread any more. It begins and finishes nothing from then on.
  var isAbandoned: Bool { rawValue & Self.abandoned != 0 }

  /// The same, abandoned.
  var whenAbandoned: WorkerProgress { WorkerProgress(rawValue: rawValue | Self.abandoned) }
}
