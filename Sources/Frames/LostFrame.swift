/// A frame of a recording that cannot be read: its file is missing, damaged or not an image.
///
/// A judge counts it as unreadable: a frame that was not examined has not passed.
public struct LostFrame: Sendable, Hashable {
  /// The most that are named one by one; one more says how many others there are.
  static let maximumNamed = 10_000

  /// The file, relative to the folder; of a dump: the file that has the frame's number, whether the frame shares
  /// another one or not. Nil: something is missing whose name is not known.
  public let file: String?
  /// The reason, as a sentence.
  public let reason: String

  /// A frame that cannot be read, for this reason.
  package init(file: String?, reason: String) {
    self.file = file
    self.reason = reason
  }
}

/// The lost frames of a folder: the first ones each, the others counted.
struct LostFrames: Sendable, Hashable {
  private var kept: [LostFrame] = []
  private var others = 0

  /// All of them.
  var all: [LostFrame] {
    others == 0 ? kept : kept + [LostFrame(file: nil, reason: "\(others) more frames cannot be read")]
  }

  mutating func add(_ file: String?, _ reason: String) {
    if kept.count < LostFrame.maximumNamed { kept.append(LostFrame(file: file, reason: reason)) } else { others += 1 }
  }
}
