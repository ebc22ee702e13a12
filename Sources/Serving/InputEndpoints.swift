public import VirtioInput

/// Paths of the sockets of input devices that are served beside a GPU.
public struct InputEndpoints: Sendable, Equatable {
  /// The path of each device; a device without one is not served.
  public var paths: [InputDeviceKind: String]

  /// Sockets at these paths.
  public init(_ paths: [InputDeviceKind: String] = [:]) {
    self.paths = paths
  }

  /// A socket for each kind of device in a folder: `keyboard.sock`, `tablet.sock`, `mouse.sock` and `touch.sock`.
  public init(folder: String) {
    let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    paths = Dictionary(uniqueKeysWithValues: InputDeviceKind.allCases.map { ($0, "\(folder)/\($0.rawValue).sock") })
  }
}
