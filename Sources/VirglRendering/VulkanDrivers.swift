internal import Glibc

/// The drivers that the Vulkan loader would find here, by their manifests: it takes a machine without any for one that
/// guests may use, until they do.
struct VulkanDrivers {
  /// Manifests, and folders of manifests, where the loader looks.
  private let places: [String]
  /// The variable that names them, where one does.
  private let variable: String?

  /// What the environment of this process, which its children have too, leads the loader to.
  init() {
    let variable = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].first { Self.value($0) != nil }
    self.variable = variable
    places = variable.map(Self.list) ?? Self.list("VK_ADD_DRIVER_FILES") + Self.folders
  }

  /// What is wrong when there is no driver; nil: there is one.
  var problem: String? {
    guard !places.contains(where: Self.hasManifest) else { return nil }
    guard let variable else { return "there is no driver for Vulkan: install the package mesa-vulkan-drivers" }
    return "there is no driver for Vulkan where \(variable) says: set it to another one's manifest, or unset it and "
      + "install the package mesa-vulkan-drivers"
  }

  /// The loader's own places.
  private static var folders: [String] {
    let home = value("HOME")
    let own = [("XDG_CONFIG_HOME", "/.config"), ("XDG_DATA_HOME", "/.local/share")]
      .compactMap { name, folder in value(name) ?? home.map { $0 + folder } }
    let shared = [("XDG_CONFIG_DIRS", ["/etc/xdg"]), ("XDG_DATA_DIRS", ["/usr/local/share", "/usr/share"])]
      .flatMap { name, folders in value(name) == nil ? folders : list(name) }
    return (own + ["/usr/local/etc", "/etc"] + shared).map { $0 + "/vulkan/icd.d" }
  }

  /// Whether there is a manifest, at a path or in the folder there.
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

  /// A variable's value, unless it is empty.
  private static func value(_ name: String) -> String? {
    // Safe: the text is copied at once.
    guard let text = unsafe getenv(name), unsafe text.pointee != 0 else { return nil }
    return unsafe String(cString: text)
  }
}
