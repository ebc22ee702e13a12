/// The order in which people count: `frame9` before `frame10`.
package enum NaturalOrder {
  /// True when `left` comes first: runs of digits are compared by their value, all else by its bytes.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    var (left, right) = (Array(left.utf8)[...], Array(right.utf8)[...])
    while let first = left.first, let second = right.first {
      if isDigit(first), isDigit(second) {
        let (one, other) = (takeNumber(&left), takeNumber(&right))
        if one.count != other.count { return one.count < other.count }
        if one != other { return one.lexicographicallyPrecedes(other) }
      } else if first != second {
        return first < second
      } else {
        left = left.dropFirst()
        right = right.dropFirst()
      }
    }
    return left.count < right.count
  }

  /// Takes digits off the start, without the zeros before them: as long as a name may be, no number overflows.
  private static func takeNumber(_ text: inout ArraySlice<UInt8>) -> [UInt8] {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return Array(digits.drop { $0 == UInt8(ascii: "0") })
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
