internal import Display
internal import Wire

/// The fields of ``DisplaySocketRequest/input`` after the scanout: a kind, and three numbers whose meaning it gives.
///
/// | kind | event | numbers |
/// |---|---|---|
/// | 0 | key | evdev code, 1 when it is pressed |
/// | 1 | button | evdev code, 1 when it is pressed |
/// | 2 | pointer at a pixel of the scanout | x, y |
/// | 3 | pointer at a point of the desktop | x, y |
/// | 4 | pointer moved | x, y |
/// | 5 | wheel, in 120ths of a notch | vertical, horizontal |
/// | 6, 8 | finger down, finger moved, at a pixel | slot, x, y |
/// | 7, 9 | the same at a point of the desktop | slot, x, y |
/// | 10 | finger up | slot |
/// | 11 | everything is up | |
extension InputEvent {
  /// Decodes what follows the scanout. Codes are unchecked: a device passes on those that it has.
  init(_ reader: inout ByteReader) throws {
    let kind = try reader.u32()
    let fields = [try reader.u32(), try reader.u32(), try reader.u32()]
    let numbers = fields.map { Int32(bitPattern: $0) }
    switch kind {
    case 0: self = .key(KeyCode(rawValue: try Self.code(fields[0])), isPressed: fields[1] & 1 != 0)
    case 1:
      let code = KeyCode(rawValue: try Self.code(fields[0]))
      guard let button = PointerButton.allCases.first(where: { $0.code == code }) else {
        throw DisplayProtocolError.input(kind: kind, fields[0])
      }
      self = .button(button, isPressed: fields[1] & 1 != 0)
    case 2: self = .position(.pixel(Point(x: numbers[0], y: numbers[1])))
    case 3: self = .position(.desktop(DesktopPoint(x: numbers[0], y: numbers[1])))
    case 4: self = .motion(x: numbers[0], y: numbers[1])
    case 5: self = .wheel(vertical: numbers[0], horizontal: numbers[1])
    case 6...10:
      guard fields[0] <= UInt32(Self.maximumSlot) else { throw DisplayProtocolError.input(kind: kind, fields[0]) }
      let pixel = PointerPosition.pixel(Point(x: numbers[1], y: numbers[2]))
      let desktop = PointerPosition.desktop(DesktopPoint(x: numbers[1], y: numbers[2]))
      let phases: [TouchPhase] = [.down(pixel), .down(desktop), .move(pixel), .move(desktop), .up]
      self = .touch(slot: Int(fields[0]), phases[Int(kind) - 6])
    case 11: self = .releaseAll
    default: throw DisplayProtocolError.input(kind: kind, fields[0])
    }
  }

  /// Writes what follows the scanout.
  func write(to writer: inout ByteWriter) {
    let (kind, numbers): (UInt32, [Int32]) =
      switch self {
      case .key(let key, let isPressed): (0, [Int32(key.rawValue), isPressed ? 1 : 0])
      case .button(let button, let isPressed): (1, [Int32(button.code.rawValue), isPressed ? 1 : 0])
      case .position(.pixel(let point)): (2, [point.x, point.y])
      case .position(.desktop(let point)): (3, [point.x, point.y])
      case .motion(let x, let y): (4, [x, y])
      case .wheel(let vertical, let horizontal): (5, [vertical, horizontal])
      case .touch(let slot, .down(.pixel(let point))): (6, [Int32(clamping: slot), point.x, point.y])
      case .touch(let slot, .down(.desktop(let point))): (7, [Int32(clamping: slot), point.x, point.y])
      case .touch(let slot, .move(.pixel(let point))): (8, [Int32(clamping: slot), point.x, point.y])
      case .touch(let slot, .move(.desktop(let point))): (9, [Int32(clamping: slot), point.x, point.y])
      case .touch(let slot, .up): (10, [Int32(clamping: slot)])
      case .releaseAll: (11, [])
      }
    writer.u32(kind)
    for index in 0..<3 { writer.u32(index < numbers.count ? UInt32(bitPattern: numbers[index]) : 0) }
  }

  private static func code(_ value: UInt32) throws -> UInt16 {
    guard let code = UInt16(exactly: value) else { throw DisplayProtocolError.input(kind: 0, value) }
    return code
  }
}
