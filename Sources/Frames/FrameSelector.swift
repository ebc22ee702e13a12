public import Display
public import PNG

/// Rule that selects one frame of a recording by what happened in it: `last`, `settled:3`, `1:label:ready`.
///
/// Which frame that is depends on the events of the recording and their times alone, never on the clock of whoever
/// reads it. Guests that show the same end after a different number of frames have the same frame selected.
///
/// | text | the frame |
/// |---|---|
/// | `first` | the first one |
/// | `last` | the last one |
/// | `settled:N` | the one after which, for the first time, no pixel changed for N ticks of the scanout's clock |
/// | `settled:500ms`, `settled:2s` | the same, for a length of time of the source's clock |
/// | `settled:500ms@NAME` | the same, where only the time after a label counts |
/// | `label:NAME` | the one that was shown when the label was set, for the first time |
/// | `frame:N` | the one with this number |
/// | `tick:N` | the one that was shown after tick N, for the first time |
/// | `hash:H` | the first one whose image has this hash |
/// | `time:2.5s` | the one that was shown at this time of the source's clock |
///
/// All of them are about scanout 0, or about another one whose number and a colon stand before: `1:last`.
public struct FrameSelector: Sendable, Hashable {
  /// What the frame is selected by.
  public enum Moment: Sendable, Hashable {
    /// The first frame.
    case first
    /// The last frame.
    case last
    /// The frame that stayed unchanged so long, after a label if one is named.
    case settled(Stillness, after: String? = nil)
    /// The frame that was shown when the label was set.
    case label(String)
    /// The frame with this number, counted from 1.
    case frame(Int)
    /// The frame that was shown after this tick.
    case tick(UInt64)
    /// The first frame with this image.
    case hash(FrameHash)
    /// The frame that was shown at this time.
    case time(DisplayTime)
  }

  /// How long nothing changes.
  public enum Stillness: Sendable, Hashable {
    /// As long as so many ticks of the scanout's clock take, also where it makes none because nothing changes.
    case ticks(UInt64)
    /// So many nanoseconds of the source's clock.
    case nanoseconds(UInt64)
  }

  /// What the frame is selected by.
  public let moment: Moment
  /// The scanout.
  public let scanout: ScanoutID

  /// A rule for a scanout.
  public init(_ moment: Moment, on scanout: ScanoutID = 0) {
    self.moment = moment
    self.scanout = scanout
  }

  /// Reads the text form; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longestText else { return nil }
    var rest = Substring(text)
    var scanout = 0
    if let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")), let number = Self.number(rest[..<colon]) {
      guard let known = Int(exactly: number), FrameName.scanouts.contains(known) else { return nil }
      scanout = known
      rest = rest[rest.utf8.index(after: colon)...]
    }
    guard let moment = Self.moment(rest) else { return nil }
    self.init(moment, on: scanout)
  }

  /// The longest text that is read, in bytes.
  private static let longestText = 512
  private static let nanosecondsPerMillisecond: UInt64 = 1_000_000

  private static func moment(_ text: Substring) -> Moment? {
    if text.utf8.elementsEqual("first".utf8) { return .first }
    if text.utf8.elementsEqual("last".utf8) { return .last }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let value = text[text.utf8.index(after: colon)...]
    switch String(text[..<colon]) {
    case "settled":
      guard let sign = value.utf8.firstIndex(of: UInt8(ascii: "@")) else {
        return stillness(value).map { .settled($0) }
      }
      let name = String(value[value.utf8.index(after: sign)...])
      guard RecordedLabel.isName(name) else { return nil }
      return stillness(value[..<sign]).map { .settled($0, after: name) }
    case "label": return RecordedLabel.isName(String(value)) ? .label(String(value)) : nil
    case "frame": return number(value).flatMap { Int(exactly: $0) }.flatMap { $0 > 0 ? .frame($0) : nil }
    case "tick": return number(value).flatMap { $0 > 0 ? .tick($0) : nil }
    case "hash": return FrameHash(String(value)).map { .hash($0) }
    case "time": return nanoseconds(value).map { .time(DisplayTime(nanoseconds: $0)) }
    default: return nil
    }
  }

  private static func stillness(_ text: Substring) -> Stillness? {
    if let ticks = number(text) { return ticks > 0 ? .ticks(ticks) : nil }
    return nanoseconds(text).flatMap { $0 > 0 ? .nanoseconds($0) : nil }
  }

  /// A whole number in at most 18 decimal digits; nil for anything else.
  private static func number(_ text: Substring) -> UInt64? {
    guard (1...18).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return UInt64(text)
  }

  /// A length of time, `2.5s` or `500ms`, to the nanosecond; nil for anything else, and beyond thirty years.
  private static func nanoseconds(_ text: Substring) -> UInt64? {
    let isShort = text.utf8.suffix(2).elementsEqual("ms".utf8)
    guard isShort || text.utf8.last == UInt8(ascii: "s") else { return nil }
    let parts = text.dropLast(isShort ? 2 : 1).split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts[0].utf8.count <= 9, let whole = number(parts[0]) else { return nil }
    // So many digits behind the point are whole nanoseconds.
    let places = isShort ? 6 : 9
    let scale = isShort ? nanosecondsPerMillisecond : 1_000_000_000
    guard parts.count == 2 else { return whole * scale }
    guard parts[1].utf8.count <= places, number(parts[1]) != nil else { return nil }
    let digits = parts[1] + String(repeating: "0", count: places - parts[1].utf8.count)
    return number(Substring(digits)).map { whole * scale + $0 }
  }
}

extension FrameSelector: CustomStringConvertible {
  /// The text form. The scanout is named unless it is 0.
  public var description: String {
    let text =
      switch moment {
      case .first: "first"
      case .last: "last"
      case .settled(.ticks(let count), let label): "settled:\(count)\(label.map { "@\($0)" } ?? "")"
      case .settled(.nanoseconds(let time), let label): "settled:\(Self.text(time))\(label.map { "@\($0)" } ?? "")"
      case .label(let name): "label:\(name)"
      case .frame(let number): "frame:\(number)"
      case .tick(let number): "tick:\(number)"
      case .hash(let hash): "hash:\(hash)"
      case .time(let time): "time:\(Self.text(time.nanoseconds))"
      }
    return scanout == 0 ? text : "\(scanout):\(text)"
  }

  /// A length of time in milliseconds or, where those are no whole number or many, in seconds.
  static func text(_ nanoseconds: UInt64) -> String {
    let (milliseconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: nanosecondsPerMillisecond)
    if rest == 0, milliseconds < 10_000 { return "\(milliseconds)ms" }
    let (seconds, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    guard part > 0 else { return "\(seconds)s" }
    let digits = String(part)
    var decimals = String(repeating: "0", count: 9 - digits.count) + digits
    while decimals.utf8.last == UInt8(ascii: "0") { decimals.removeLast() }
    return "\(seconds).\(decimals)s"
  }
}

extension FrameSelector: Codable {
  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let selector = FrameSelector(text) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a selector"))
    }
    self = selector
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
