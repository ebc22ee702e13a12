internal import Text

/// A selected frame and the name that it gets: `desktop=last`.
///
/// The name is that of its golden, whatever the number of the frame is.
public struct FrameSelection: Sendable, Hashable, CustomStringConvertible {
  /// The name of the frame and of its golden.
  public let name: FrameName
  /// The rule that selects the frame.
  public let selector: FrameSelector

  /// Selects a frame under a name.
  public init(_ name: FrameName, _ selector: FrameSelector) {
    self.name = name
    self.selector = selector
  }

  /// Reads `NAME=SELECTOR`; nil for anything else.
  ///
  /// A name is the path of a file without `.png`, at most 200 bytes long. No part of it is empty, begins with a dot or a
  /// dash, or has a control character, so that it stays in its folder.
  public init?(_ text: String) {
    guard let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let name = String(text[..<sign])
    guard Self.isName(name), let selector = FrameSelector(String(text[text.utf8.index(after: sign)...])) else {
      return nil
    }
    self.init(FrameName(file: name), selector)
  }

  /// `NAME=SELECTOR`.
  public var description: String { "\(name)=\(selector)" }

  /// The name of the frame's first file, or of the second one, which shows the cursor.
  package func name(showingCursor: Bool) -> FrameName {
    showingCursor ? FrameName(file: "\(name).cursor") : name
  }

  private static let longestName = 200
  private static let maximumParts = 16

  private static func isName(_ name: String) -> Bool {
    let parts = name.pathParts
    return (1...longestName).contains(name.utf8.count) && parts.count <= maximumParts && name.printable == name
      && parts.allSatisfy { part in
        guard let first = part.utf8.first else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-") && !part.utf8.elementsEqual(".png".utf8)
      }
  }
}
