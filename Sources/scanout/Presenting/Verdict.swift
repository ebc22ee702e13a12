/// Judges what a command wrote, when `--golden` asks for it.
enum Verdict {
  /// Judges the dump against the goldens; another outcome than a pass ends the program with its exit code.
  static func judge(_ sinks: SinkOptions) throws {
  }
}
