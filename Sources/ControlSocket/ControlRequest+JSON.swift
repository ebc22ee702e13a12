internal import Display
internal import FoundationEssentials
internal import Text
internal import VirtioGPU

extension ControlRequest {
  /// Reads a line without its end. It is not trusted: the error says what is wrong with it.
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
    case .attachDisplay:
      fields.command = "attach-display"
    case .change(.add(let mode, let position)):
      fields.command = "add"
      fields.set(mode)
      fields.set(position)
    case .change(.remove(let output)):
      fields.command = "remove"
      fields.output = output
    case .change(.resize(let output, let mode)):
      fields.command = "resize"
      fields.output = output
      fields.set(mode)
    case .change(.move(let output, let position)):
      fields.command = "move"
      fields.output = output
      fields.set(position)
    case .input(let input): fields.set(input)
    }
    return ControlLine.encode(fields)
  }
}

/// Members of a request; nil: it does not have that one.
private struct Fields: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case command, output, width, height, hertz, x, y, keys, text, button, vertical, horizontal
  }

  var command: String?
  var output: Int?
  var width: UInt32?
  var height: UInt32?
  var hertz: Double?
  var x: Int32?
  var y: Int32?
  var keys: String?
  var text: String?
  var button: String?
  var vertical: Double?
  var horizontal: Double?

  /// Which members belong to which command.
  private static let members: [String: Set<CodingKeys>] = [
    "list": [], "attach-display": [], "add": [.width, .height, .hertz, .x, .y], "remove": [.output],
    "resize": [.output, .width, .height, .hertz], "move": [.output, .x, .y],
    "key": [.keys], "type": [.text], "point": [.x, .y, .output], "click": [.x, .y, .output, .button],
    "scroll": [.vertical, .horizontal], "touch": [.x, .y, .output],
  ]

  init() {}

  init(from decoder: any Decoder) throws {
    let all = try decoder.container(keyedBy: AnyKey.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    command = try container.decodeIfPresent(String.self, forKey: .command)
    guard let command, let members = Self.members[command] else {
      throw ControlError("a request has a command: one of \(Self.members.keys.sorted().joined(separator: ", "))")
    }
    // An unknown member is most likely a misspelt one.
    let known = Set(members.map(\.stringValue) + [CodingKeys.command.stringValue])
    if let unknown = all.allKeys.first(where: { !known.contains($0.stringValue) }) {
      throw ControlError("\(command) has no member \"\(String(unknown.stringValue.prefix(32)).printable)\"")
    }
    output = try container.decodeIfPresent(Int.self, forKey: .output)
    width = try container.decodeIfPresent(UInt32.self, forKey: .width)
    height = try container.decodeIfPresent(UInt32.self, forKey: .height)
    hertz = try container.decodeIfPresent(Double.self, forKey: .hertz)
    x = try container.decodeIfPresent(Int32.self, forKey: .x)
    y = try container.decodeIfPresent(Int32.self, forKey: .y)
    keys = try container.decodeIfPresent(String.self, forKey: .keys)
    text = try container.decodeIfPresent(String.self, forKey: .text)
    button = try container.decodeIfPresent(String.self, forKey: .button)
    vertical = try container.decodeIfPresent(Double.self, forKey: .vertical)
    horizontal = try container.decodeIfPresent(Double.self, forKey: .horizontal)
  }

  mutating func set(_ input: ControlInput) {
    switch input {
    case .key(let chord):
      command = "key"
      keys = chord.text
    case .type(let text):
      command = "type"
      self.text = text
    case .point(let position, let output):
      command = "point"
      set(position)
      self.output = output
    case .click(let position, let output, let button):
      command = "click"
      set(position)
      self.output = output
      self.button = button.rawValue
    case .scroll(let vertical, let horizontal):
      command = "scroll"
      self.vertical = Double(vertical) / Double(InputEvent.notch)
      self.horizontal = Double(horizontal) / Double(InputEvent.notch)
    case .touch(let position, let output):
      command = "touch"
      set(position)
      self.output = output
    }
  }

  mutating func set(_ mode: DisplayMode) {
    (width, height) = (mode.size.width, mode.size.height)
    hertz = mode.refreshMillihertz.map { Double($0) / 1000 }
  }

  mutating func set(_ position: Point?) {
    (x, y) = (position?.x, position?.y)
  }

  func request() throws(ControlError) -> ControlRequest {
    switch command {
    case "attach-display": .attachDisplay
    case "add": .change(.add(try mode(), at: try position()))
    case "remove": .change(.remove(try needed(output, "output")))
    case "resize": .change(.resize(try needed(output, "output"), try mode()))
    case "move": .change(.move(try needed(output, "output"), to: try needed(try position(), "x and y")))
    case "key": .input(.key(try KeyChord(try needed(keys, "keys"))))
    case "type": .input(.type(try typed()))
    case "point": .input(.point(try needed(try position(), "x and y"), output: output ?? 0))
    case "click": .input(.click(try needed(try position(), "x and y"), output: output ?? 0, try pressed()))
    case "scroll": .input(.scroll(vertical: try way(vertical), horizontal: try way(horizontal)))
    case "touch": .input(.touch(try needed(try position(), "x and y"), output: output ?? 0))
    // No other command was decoded.
    default: .list
    }
  }

  private func typed() throws(ControlError) -> String {
    let text = try needed(text, "text")
    guard text.count <= ControlInput.longestText else {
      throw ControlError(
        "a text of \(text.count) characters: one request types at most \(ControlInput.longestText); send several")
    }
    return text
  }

  private func pressed() throws(ControlError) -> PointerButton {
    guard let button else { return .left }
    guard let known = PointerButton(rawValue: button) else {
      let all = PointerButton.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlError(
        "there is no button \"\(String(button.unicodeScalars.prefix(16).map(Character.init)).printable)\": one of \(all)"
      )
    }
    return known
  }

  /// Notches in 120ths.
  private func way(_ notches: Double?) throws(ControlError) -> Int32 {
    let notches = notches ?? 0
    guard abs(notches) <= ControlInput.maximumNotches else {
      throw ControlError(
        "\(notches) notches: at most \(Int(ControlInput.maximumNotches)) either way are turned at once")
    }
    return Int32((notches * Double(InputEvent.notch)).rounded())
  }

  private func mode() throws(ControlError) -> DisplayMode {
    let size = Size(width: try needed(width, "width"), height: try needed(height, "height"))
    let mode = hertz.map { DisplayMode(size: size, hertz: $0) } ?? DisplayMode(size: size)
    guard let mode else {
      throw ControlError(
        "\(size)\(hertz.map { " at \($0) Hz" } ?? "") is not a mode: sides must be 32 to 8192 pixels, and refresh rates 1 to "
          + "1000 hertz")
    }
    return mode
  }

  private func position() throws(ControlError) -> Point? {
    if x == nil, y == nil { return nil }
    return Point(x: try needed(x, "x"), y: try needed(y, "y"))
  }

  private func needed<Value>(_ value: Value?, _ name: String) throws(ControlError) -> Value {
    guard let value else { throw ControlError("\(command ?? "") needs \(name)") }
    return value
  }
}

/// Coding key with any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
