public import VirtioGPU

/// Test of one rule that a vhost-user-gpu back end follows.
///
/// A case talks to a fresh connection, and with a program to a fresh process, so cases do not depend on each other.
public struct ConformanceCase: Sendable, CustomStringConvertible {
  /// What its body gets.
  enum Body: Sendable {
    /// A connection over which nothing was said yet.
    case connection(@Sendable (ConnectionBench) throws -> Void)
    /// A guest whose queues run, with a display.
    case guest(@Sendable (GuestBench) throws -> Void)
    /// A display socket of a front end.
    case frontEnd(@Sendable (FrontEndBench) throws -> Void)
  }

  /// Name for command lines and reports, of lower-case words with hyphens between. No two cases have the same.
  public let name: String
  /// What it is about.
  public let group: CaseGroup
  /// The rule, a sentence about the back end.
  public let sentence: String
  /// Where the rule comes from.
  public let source: String
  /// Features that the rule is about. A back end that does not offer them is not judged by it.
  public let features: DeviceFeatures
  /// True when the back end may end the connection, because a guest that does this has lost its device anyway.
  let mayEnd: Bool
  let body: Body
  /// True for the cases that have a connection and no guest.
  var isAboutConnection: Bool { if case .connection = body { true } else { false } }

  /// A case with a guest. Its name gets the first word of its group.
  init(
    _ group: CaseGroup, _ name: String, _ sentence: String, source: String, needs features: DeviceFeatures = [],
    mayEnd: Bool = false, _ body: @escaping @Sendable (GuestBench) throws -> Void
  ) {
    self.init(group, name, sentence, source: source, needs: features, mayEnd: mayEnd, body: .guest(body))
  }

  /// A case about a connection.
  static func connection(
    _ group: CaseGroup, _ name: String, _ sentence: String, source: String, mayEnd: Bool = false,
    _ body: @escaping @Sendable (ConnectionBench) throws -> Void
  ) -> ConformanceCase {
    ConformanceCase(group, name, sentence, source: source, needs: [], mayEnd: mayEnd, body: .connection(body))
  }

  /// A case about a front end.
  static func ofFrontEnd(
    _ name: String, _ sentence: String, source: String, _ body: @escaping @Sendable (FrontEndBench) throws -> Void
  ) -> ConformanceCase {
    ConformanceCase(
      .frontEnds, name, sentence, source: source, needs: [], mayEnd: false, body: .frontEnd(body))
  }

  private init(
    _ group: CaseGroup, _ name: String, _ sentence: String, source: String, needs features: DeviceFeatures,
    mayEnd: Bool, body: Body
  ) {
    self.name = (group.prefix.map { "\($0)-" } ?? "") + name
    self.group = group
    self.sentence = sentence
    self.source = source
    self.features = features
    self.mayEnd = mayEnd
    self.body = body
  }

  /// The name.
  public var description: String { name }
}

/// Where rules come from.
enum RuleSource {
  static let vhostUser = "QEMU, Vhost-user Protocol"
  static let backEndProgram = "QEMU, Vhost-user Protocol, Backend program conventions"
  static let displaySocket = "QEMU, Vhost-user-gpu Protocol"
  static let configuration = "virtio 1.3, 5.7.4 (device configuration layout)"
  static let features = "virtio 1.3, 5.7.3 (feature bits)"
  static let header = "virtio 1.3, 5.7.6.7 (request header)"
  static let control = "virtio 1.3, 5.7.6.8 (controlq)"
  static let cursor = "virtio 1.3, 5.7.6.10 (cursorq)"
  static let queues = "virtio 1.3, 2.7 (split virtqueues)"
  static let reset = "virtio 1.3, 2.1 (device status), reset"
  static let linux = "Linux, drivers/gpu/drm/virtio"
  static let qemuFrontEnd = "QEMU 10, hw/display/vhost-user-gpu.c: its front end does not survive anything else"
  static let robustness = "no guest may end its host's processes"
}
