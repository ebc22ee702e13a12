import ArgumentParser
import VirtioGPU

/// Features by their names: `edid,resource-blob`.
struct FeatureList: ExpressibleByArgument {
  let features: DeviceFeatures

  static let allNames = DeviceFeatures.names.map(\.name).joined(separator: ", ")

  init?(argument: String) {
    var features: DeviceFeatures = []
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) where argument != "none" {
      guard let known = DeviceFeatures.names.first(where: { $0.name == name }) else { return nil }
      features.insert(known.feature)
    }
    // A feature that asks for another one is not there without it, which would be a silent surprise.
    guard features == features.consistent else { return nil }
    self.features = features
  }
}
