/// Passes the events of one source to several sinks, one after the other.
public final class FanOut: DisplaySink {
  /// What happens when a sink throws.
  public enum Policy: Sendable {
    /// The error goes to the source and stops the run: a dump, a golden check.
    case required
    /// The sink is dropped, and the others go on: a window that was closed.
    case optional
  }

  private struct Member {
    let name: String
    let sink: any DisplaySink
    let policy: Policy
  }

  private var members: [Member] = []
  private let onDrop: (_ name: String, _ reason: any Error) -> Void

  /// A fan-out without sinks yet; `onDrop` hears of each that was dropped, on the source's thread.
  public init(onDrop: @escaping (_ name: String, _ reason: any Error) -> Void) {
    self.onDrop = onDrop
  }

  /// True when nobody listens (any more).
  public var isEmpty: Bool { members.isEmpty }

  /// Adds a sink, which hears what comes from now on, after those added before it.
  public func add(_ sink: any DisplaySink, named name: String, policy: Policy) {
    members.append(Member(name: name, sink: sink, policy: policy))
  }

  /// Passes the event to every sink. The first error of a required sink is thrown after the others have heard.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    try forEach { try $0.receive(event, on: scanout, at: time) }
  }

  /// Ends every sink.
  public func finish() throws {
    try forEach { try $0.finish() }
    members = []
  }

  private func forEach(_ body: (any DisplaySink) throws -> Void) throws {
    var failure: (any Error)?
    var dropped: [Int] = []
    for (index, member) in members.enumerated() {
      do {
        try body(member.sink)
      } catch {
        switch member.policy {
        case .required: failure = failure ?? error
        case .optional:
          dropped.append(index)
          onDrop(member.name, error)
        }
      }
    }
    for index in dropped.reversed() { members.remove(at: index) }
    if let failure { throw failure }
  }
}
