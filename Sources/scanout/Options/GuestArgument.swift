import ArgumentParser
import Text

/// Guest on the command line of `serve`: `NAME=SOCKET[,OPTION=VALUE…]`.
struct GuestArgument: ExpressibleByArgument {
  /// Options of `serve` that a guest may have for itself, without their dashes.
  static let options = ["output", "connectors", "renderer", "render-node", "pace", "max-drawing"]

  /// Name of the guest: it names folders and windows.
  let name: String
  /// Path of the socket of its virtual machine.
  let socketPath: String
  /// Options of its own, in their order.
  let own: [Option]

  /// An option with its value.
  struct Option {
    let name: String
    let value: String
  }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard let (name, socketPath) = Self.pair(parts[0]), Self.isName(name) else { return nil }
    var own: [Option] = []
    for part in parts.dropFirst() {
      guard let (option, value) = Self.pair(part), Self.options.contains(option) else { return nil }
      own.append(Option(name: option, value: value))
    }
    self.name = name
    self.socketPath = socketPath
    self.own = own
  }

  /// `NAME=VALUE`, neither of them empty.
  private static func pair(_ text: Substring) -> (String, String)? {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    let (name, value) = (text[..<sign], text[text.index(after: sign)...])
    return name.isEmpty || value.isEmpty ? nil : (String(name), String(value))
  }

  /// True for what can name a folder: 1 to 64 letters, digits, dots, dashes and underscores, without a dot at the start.
  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
