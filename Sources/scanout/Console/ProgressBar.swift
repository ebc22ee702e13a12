/// Progress bar on a terminal; anything else shows none. Work never waits for the terminal: one that is stopped shows
/// nothing.
final class ProgressBar {
  private static let width = 30
  private let title: String
  private let isShown: Bool
  private var shownAt = ContinuousClock.now
  private let started = ContinuousClock.now
  private var isDrawn = false

  init(_ title: String) {
    self.title = title
    isShown = Console.isTerminal
  }

  /// Shows the progress, at most ten times a second, and not in the first second.
  func show(_ done: Int, of total: Int) {
    let now = ContinuousClock.now
    guard isShown, total > 0, now - started > .seconds(1), now - shownAt > .milliseconds(100) else { return }
    shownAt = now
    isDrawn = true
    let filled = min(Self.width, Self.width * done / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    Console.draw("\(title) \(bar) \(done)/\(total) ")
  }

  /// Removes the progress bar.
  func clear() {
    guard isDrawn else { return }
    isDrawn = false
    Console.erase()
  }

  deinit {
    clear()
  }
}
