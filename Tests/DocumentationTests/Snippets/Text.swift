import Text

/// The example of `Text`.
private func say(_ path: String) {
  // page Text
  print("\(count(3, "frame")) in \(path.printable)")
  print("scanout replay \(path.shellQuoted)")
  // end
}
