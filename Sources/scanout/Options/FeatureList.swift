import ArgumentParser
import VirtioGPU

/// List of features by name on the command line: `edid,resource-blob`.
struct FeatureList {
  let features: DeviceFeatures

  static let allNames = DeviceFeatures.names.map(\.name).joined(separator: ", ")

  /// Reads names that are separated by commas, or "none".
  init(list: String) throws {
    var features: DeviceFeatures = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) where list != "none" {
      guard let known = DeviceFeatures.names.first(where: { $0.name == name }) else {
        throw ValidationError("Unknown feature \"\(name)\": must be none, or a list of \(Self.allNames).")
      }
      features.insert(known.feature)
    }
    guard features == features.consistent else {
      throw ValidationError(
        "Invalid features \(list): context-init needs virgl, and blob-alignment needs resource-blob.")
    }
    self.features = features
  }
}
