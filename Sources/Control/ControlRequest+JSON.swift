internal import Display
internal import FoundationEssentials
internal import Text
internal import VirtioGPU

extension ControlRequest {
  /// Reads a line that anybody may have written, without its end. Throws a sentence about what is wrong with it.
  public init(line: [UInt8]) throws(ControlError) {
    guard line.count <= Self.longest else { throw .tooLong(limit: Self.longest) }
    let fields: Fields
    do {
      fields = try JSONDecoder().decode(Fields.self, from: Data(line))
    } catch let error as ControlError {
      throw error
    } catch {
      throw ControlError(#"a request is one line of JSON, such as {"command":"list"}, with whole numbers for pixels"#)
    }
    self = try fields.request()
  }

  /// The line, without its end.
  public var line: [UInt8] {
    var fields = Fields()
    switch self {
    case .list:
      fields.command = "list"
    case .add(let mode, let place):
      fields.command = "add"
      fields.set(mode)
      fields.set(place)
    case .remove(let output):
      fields.command = "remove"
      fields.output = output
    case .resize(let output, let mode):
      fields.command = "resize"
      fields.output = output
      fields.set(mode)
    case .move(let output, let place):
      fields.command = "move"
      fields.output = output
      fields.set(place)
    }
    return ControlLine.encode(fields)
  }
}

/// The members of a request, as many as it has.
private struct Fields: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case command, output, width, height, hertz, x, y
  }

  var command: String?
  var output: Int?
  var width: UInt32?
  var height: UInt32?
  var hertz: Double?
  var x: Int32?
  var y: Int32?

  /// Which members belong to which command.
  private static let members: [String: Set<CodingKeys>] = [
    "list": [], "add": [.width, .height, .hertz, .x, .y], "remove": [.output],
    "resize": [.output, .width, .height, .hertz], "move": [.output, .x, .y],
  ]

  init() {}

  init(from decoder: any Decoder) throws {
    let all = try decoder.container(keyedBy: AnyKey.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    command = try container.decodeIfPresent(String.self, forKey: .command)
    guard let command, let members = Self.members[command] else {
      throw ControlError("a request has a command: one of \(Self.members.keys.sorted().joined(separator: ", "))")
    }
    // A member that nobody looks at is one that somebody misspelt.
    let known = Set(members.map(\.stringValue) + [CodingKeys.command.stringValue])
    if let stranger = all.allKeys.first(where: { !known.contains($0.stringValue) }) {
      throw ControlError("\(command) has no member \"\(String(stranger.stringValue.prefix(32)).printable)\"")
    }
    output = try container.decodeIfPresent(Int.self, forKey: .output)
    width = try container.decodeIfPresent(UInt32.self, forKey: .width)
    height = try container.decodeIfPresent(UInt32.self, forKey: .height)
    hertz = try container.decodeIfPresent(Double.self, forKey: .hertz)
    x = try container.decodeIfPresent(Int32.self, forKey: .x)
    y = try container.decodeIfPresent(Int32.self, forKey: .y)
  }

  mutating func set(_ mode: DisplayMode) {
    (width, height) = (mode.size.width, mode.size.height)
    hertz = mode.refreshMillihertz.map { Double($0) / 1000 }
  }

  mutating func set(_ place: Point?) {
    (x, y) = (place?.x, place?.y)
  }

  func request() throws(ControlError) -> ControlRequest {
    switch command {
    case "add": .add(try mode(), at: try place())
    case "remove": .remove(try needed(output, "output"))
    case "resize": .resize(try needed(output, "output"), try mode())
    case "move": .move(try needed(output, "output"), try needed(try place(), "x and y"))
    // No other command was decoded.
    default: .list
    }
  }

  private func mode() throws(ControlError) -> DisplayMode {
    let size = Size(width: try needed(width, "width"), height: try needed(height, "height"))
    let mode = hertz.map { DisplayMode(size: size, hertz: $0) } ?? DisplayMode(size: size)
    guard let mode else {
      throw ControlError("\(size) is no mode: sides are 32 to 8192 pixels, and refresh rates 1 to 1000 hertz")
    }
    return mode
  }

  private func place() throws(ControlError) -> Point? {
    if x == nil, y == nil { return nil }
    return Point(x: try needed(x, "x"), y: try needed(y, "y"))
  }

  private func needed<Value>(_ value: Value?, _ name: String) throws(ControlError) -> Value {
    guard let value else { throw ControlError("\(command ?? "") needs \(name)") }
    return value
  }
}

/// A member by any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
