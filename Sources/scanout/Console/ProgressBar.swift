/// A line on a terminal that shows how far something got; on anything else, nothing. Work never waits for a terminal: one
/// that takes nothing, because its user stopped it, shows nothing.
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

  /// Shows that `done` of `total` are done; at most ten times a second, and not before a second has passed.
  func show(_ done: Int, of total: Int) {
    let now = ContinuousClock.now
    guard isShown, total > 0, now - started > .seconds(1), now - shownAt > .milliseconds(100) else { return }
    shownAt = now
    isDrawn = true
    let filled = min(Self.width, Self.width * done / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    Console.draw("\(title) \(bar) \(done)/\(total) ")
  }

  /// Takes the line away.
  func clear() {
    guard isDrawn else { return }
    isDrawn = false
    Console.erase()
  }

  deinit {
    clear()
  }
}
