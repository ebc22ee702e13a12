internal import Glibc

/// Search for the drivers that the Vulkan loader would find on this machine, by their manifests. virglrenderer offers
/// Vulkan without a driver as well, and fails when guests use it.
struct VulkanDrivers {
  /// The manifests and folders of manifests that the loader reads.
  private let places: [String]
  /// The environment variable that names them, if one does.
  private let variable: String?

  /// A search with the environment of this process, which its child processes inherit.
  init() {
    let variable = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].first { Self.value($0) != nil }
    self.variable = variable
    places = variable.map(Self.list) ?? Self.list("VK_ADD_DRIVER_FILES") + Self.folders
  }

  /// A sentence about the missing driver; nil when there is one.
  var problem: String? {
    guard !places.contains(where: Self.hasManifest) else { return nil }
    guard let variable else { return "there is no driver for Vulkan: install the package mesa-vulkan-drivers" }
    return "there is no driver for Vulkan where \(variable) says: set it to another one's manifest, or unset it and "
      + "install the package mesa-vulkan-drivers"
  }

  /// The folders of the loader's own.
  private static var folders: [String] {
    let home = value("HOME")
    let own = [("XDG_CONFIG_HOME", "/.config"), ("XDG_DATA_HOME", "/.local/share")]
      .compactMap { name, folder in value(name) ?? home.map { $0 + folder } }
    let shared = [("XDG_CONFIG_DIRS", ["/etc/xdg"]), ("XDG_DATA_DIRS", ["/usr/local/share", "/usr/share"])]
      .flatMap { name, folders in value(name) == nil ? folders : list(name) }
    return (own + ["/usr/local/etc", "/etc"] + shared).map { $0 + "/vulkan/icd.d" }
  }

  /// True when the path is a manifest, or a folder with one.
  private static func hasManifest(_ path: String) -> Bool {
    // Safe: the paths are read during the calls, and the folder is closed once.
    guard let folder = unsafe opendir(path) else { return unsafe access(path, R_OK) == 0 }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      // Safe: a name ends with a zero, and is copied.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      // Safe: as above.
      if name.hasSuffix(".json"), unsafe access("\(path)/\(name)", R_OK) == 0 { return true }
    }
    return false
  }

  private static func list(_ name: String) -> [String] {
    (value(name) ?? "").split(separator: ":").map(String.init)
  }

  /// The value of an environment variable; nil when it is empty.
  private static func value(_ name: String) -> String? {
    // Safe: the text is copied at once.
    guard let text = unsafe getenv(name), unsafe text.pointee != 0 else { return nil }
    return unsafe String(cString: text)
  }
}
