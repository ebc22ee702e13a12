/// File names of Linux are bytes, and most of them are UTF-8. These members keep the others as they are: each byte that
/// is not part of valid UTF-8 becomes one of the private characters U+10FF80 to U+10FFFF, and that character becomes
/// the byte again. Different names give different texts. Compare them with ``fileNameBytes``: `==` on texts
/// treats a precomposed and a decomposed `é` as equal.
extension String {
  /// The text that stands for a file name or path. Any bytes are taken.
  public init(fileName bytes: [UInt8]) {
    if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: \.standsForByte) {
      self = text
      return
    }
    self.init()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var place = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        // A name that holds one of the private characters must not be taken for another name.
        if scalar.standsForByte {
          for byte in encoded { unicodeScalars.append(.standing(for: byte)) }
        } else {
          unicodeScalars.append(scalar)
        }
        place += encoded.count
      case .error(let length):
        for byte in bytes[place..<min(place + length, bytes.count)] { unicodeScalars.append(.standing(for: byte)) }
        place += length
      case .emptyInput: return
      }
    }
  }

  /// The bytes of the file name or path that this text stands for.
  public var fileNameBytes: [UInt8] {
    guard unicodeScalars.contains(where: \.standsForByte) else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in
      scalar.standsForByte ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
    }
  }

  /// The bytes of the path with a zero at the end, as system calls take it.
  public var systemPath: [CChar] { fileNameBytes.map { CChar(bitPattern: $0) } + [0] }

  /// The parts of a path between its slashes, empty ones too. A combining character after a slash, which makes one
  /// `Character` with it, is the first of its part, as it is for the system.
  public var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The path of a file in the folder at this path: `Goldens` and `Goldens/` give `Goldens/home.png`.
  public func path(to name: String) -> String {
    utf8.last == UInt8(ascii: "/") ? self + name : "\(self)/\(name)"
  }
}

extension Unicode.Scalar {
  /// True for the private characters that stand for a byte of a file name.
  var standsForByte: Bool { (0x10FF80...0x10FFFF).contains(value) }

  /// The character that stands for a byte above 127.
  static func standing(for byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(0x10FF00 + UInt32(byte)) ?? "\u{FFFD}"
  }
}
