internal import Text

/// Result of one case.
public enum CaseResult: Equatable, Sendable {
  /// The back end follows the rule.
  case passed
  /// It does something else.
  case failed(expected: String, seen: String)
  /// Its process ended, or it listens no more: how, in words.
  case crashed(String)
  /// It did not do this within the time limit.
  case hung(String)
  /// The case does not apply to it, for this reason.
  case skipped(String)

  /// One word.
  public var name: String {
    switch self {
    case .passed: "passed"
    case .failed: "failed"
    case .crashed: "crashed"
    case .hung: "hung"
    case .skipped: "skipped"
    }
  }

  /// True when the back end does not follow the rule.
  public var isFailure: Bool {
    switch self {
    case .passed, .skipped: false
    case .failed, .crashed, .hung: true
    }
  }

  /// What happened in one line; empty when the case passed.
  public var detail: String {
    switch self {
    case .passed: ""
    case .failed(let expected, let seen): "expected \(expected); seen \(seen)"
    case .crashed(let how): how
    case .hung(let what): "waited for \(what)"
    case .skipped(let reason): reason
    }
  }
}

/// What ends the body of a case early.
enum CaseStop: Error {
  /// The rule is broken.
  case failed(expected: String, seen: String)
  /// The case does not apply.
  case skipped(String)
  /// The time limit is over: what was waited for.
  case hung(String)
}

/// Ends a case when the value is not the expected one.
func expect<Value: Equatable>(_ seen: Value, _ expected: Value, _ what: String) throws(CaseStop) {
  guard seen == expected else {
    throw .failed(expected: "\(what) \(shown(expected))", seen: shown(seen))
  }
}

/// Ends a case when something does not hold.
func expect(_ holds: Bool, _ expected: String, seen: @autoclosure () -> String) throws(CaseStop) {
  guard holds else { throw .failed(expected: expected, seen: seen()) }
}

/// A value in a line that cannot grow with what a back end sends.
func shown<Value>(_ value: Value) -> String {
  let text = "\(value)"
  return text.utf8.count <= 200 ? text : String(decoding: text.utf8.prefix(200), as: UTF8.self) + "..."
}
