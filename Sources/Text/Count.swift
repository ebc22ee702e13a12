/// A number with its noun: `1 frame`, `2 frames`, `3 entries`.
///
/// - Parameters:
///   - number: How many.
///   - thing: The noun in the singular. `y` after a consonant becomes `ies`, `s`, `x`, `ch` and `sh` get `es`, everything
///     else gets `s`.
public func count(_ number: Int, _ thing: String) -> String {
  number == 1 ? "1 \(thing)" : "\(number) \(plural(of: thing))"
}

private func plural(of thing: String) -> String {
  if thing.hasSuffix("y"), let before = thing.dropLast().last, !"aeiou".contains(before) {
    return thing.dropLast() + "ies"
  }
  for ending in ["s", "x", "ch", "sh"] where thing.hasSuffix(ending) { return thing + "es" }
  return thing + "s"
}
