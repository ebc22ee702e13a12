/// What a case is about.
public enum CaseGroup: String, CaseIterable, Hashable, Sendable, Encodable {
  /// Features, protocol features and messages of vhost-user.
  case negotiation
  /// The configuration space.
  case configuration
  /// GET_DISPLAY_INFO and GET_EDID.
  case outputs
  /// 2D resources, their backing and transfers.
  case resources
  /// SET_SCANOUT and RESOURCE_FLUSH.
  case scanouts
  /// The cursor queue.
  case cursor
  /// Fences and the order of responses.
  case fences
  /// Blobs of guest memory.
  case blobs
  /// Virtqueues: descriptors, notifications, event index.
  case queues
  /// Reset, stop, reconnect.
  case lifecycle
  /// Messages of the display socket.
  case display
  /// Requests that no driver should send.
  case mistakes
  /// Broken rings and messages.
  case hostile
  /// Front ends: what a VMM does with the messages of a back end.
  case frontEnds = "front-ends"

  /// First word of the names of its cases; nil: the names say enough.
  var prefix: String? {
    switch self {
    case .configuration: "configuration"
    case .resources: "resource"
    case .scanouts: "scanout"
    case .cursor: "cursor"
    case .fences: "fence"
    case .blobs: "blob"
    case .queues: "queue"
    case .display: "display"
    case .frontEnds: "front-end"
    case .negotiation, .outputs, .lifecycle, .mistakes, .hostile: nil
    }
  }

  /// Heading for people.
  public var title: String {
    switch self {
    case .negotiation: "Negotiation"
    case .configuration: "Configuration space"
    case .outputs: "Outputs and EDID"
    case .resources: "2D resources"
    case .scanouts: "Scanouts"
    case .cursor: "Cursor"
    case .fences: "Fences"
    case .blobs: "Blobs"
    case .queues: "Queues"
    case .lifecycle: "Reset and reconnect"
    case .display: "Display socket"
    case .mistakes: "Invalid requests"
    case .hostile: "Hostile guests"
    case .frontEnds: "Front ends"
    }
  }
}
