import ArgumentParser

/// Number of bytes on the command line: `256M`, `1G`, `4096`.
struct SizeArgument: ExpressibleByArgument {
  let bytes: UInt64

  private static let units: [(letter: Character, shift: UInt64)] = [("K", 10), ("M", 20), ("G", 30)]

  init(bytes: UInt64) {
    self.bytes = bytes
  }

  init?(argument: String) {
    let unit = Self.units.first { $0.letter == argument.last }
    guard let number = UInt64(unit == nil ? argument[...] : argument.dropLast()), number > 0,
      number <= UInt64(1) << (40 - (unit?.shift ?? 0))
    else { return nil }
    bytes = number << (unit?.shift ?? 0)
  }

  var defaultValueDescription: String {
    for unit in Self.units.reversed() where bytes % (1 << unit.shift) == 0 {
      return "\(bytes >> unit.shift)\(unit.letter)"
    }
    return "\(bytes)"
  }
}
