import ArgumentParser
import VirtioGPU

/// Features by their names: `edid,resource-blob`.
struct FeatureList {
  let features: DeviceFeatures

  static let allNames = DeviceFeatures.names.map(\.name).joined(separator: ", ")

  /// Reads names with commas between, or "none".
  init(list: String) throws {
    var features: DeviceFeatures = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) where list != "none" {
      guard let known = DeviceFeatures.names.first(where: { $0.name == name }) else {
        throw ValidationError("\"\(name)\" is no feature; there are \(Self.allNames), and none alone.")
      }
      features.insert(known.feature)
    }
    guard features == features.consistent else {
      throw ValidationError("context-init is of no use without virgl, nor blob-alignment without resource-blob.")
    }
    self.features = features
  }
}
