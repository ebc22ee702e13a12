internal import Glibc

/// Ends the process: something that must hold whatever comes from outside does not. The fuzzer keeps the input.
public func violated(_ sentence: String) -> Never {
  let line = Array("\nVIOLATED: \(sentence)\n".utf8)
  // Safe: the array is read during the call, and its length goes along.
  _ = unsafe write(STDERR_FILENO, line, line.count)
  abort()
}

/// Ends the process unless `condition` holds.
public func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { violated(sentence()) }
}

/// Runs what must not fail, whatever happened before.
public func expect<Result>(_ deed: String, _ body: () throws -> Result) -> Result {
  do {
    return try body()
  } catch {
    violated("\(deed) failed: \(error)")
  }
}
