/// What a case found where it expected something else.
public struct Surprise: Error, CustomStringConvertible {
  /// A sentence.
  public let description: String
  /// The line of the case.
  public let line: UInt

  init(_ description: String, line: UInt) {
    self.description = "line \(line): \(description)"
    self.line = line
  }
}

/// Ends the case when a value is not the one that is expected.
func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String = "the value", line: UInt = #line)
  throws(Surprise)
{
  guard found == expected else { throw Surprise("\(what) is \(found), and should be \(expected)", line: line) }
}

/// Ends the case when something does not hold.
func expect(_ holds: Bool, _ what: String, line: UInt = #line) throws(Surprise) {
  guard holds else { throw Surprise("it does not hold that \(what)", line: line) }
}
