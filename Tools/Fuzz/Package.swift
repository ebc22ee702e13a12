// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]

/// A product of Scanout.
func scanout(_ name: String) -> Target.Dependency { .product(name: name, package: "scanout") }

/// A program that libFuzzer drives: it has no `main` of its own, so it links only when built for fuzzing.
func fuzzTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: ["FuzzSupport"] + dependencies, swiftSettings: strict)
}

let package = Package(
  name: "Fuzz",
  dependencies: [
    .package(name: "scanout", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .target(name: "FuzzSupport", dependencies: [scanout("Display"), scanout("LinuxIO")], swiftSettings: strict),
    .target(
      name: "FuzzGuest",
      dependencies: [
        "FuzzSupport", scanout("Display"), scanout("GuestDriver"), scanout("LinuxIO"), scanout("ScanoutTesting"),
        scanout("VirtioGPU"), scanout("Virtqueue"), scanout("Wire"),
      ], swiftSettings: strict),
    fuzzTarget(
      "FuzzDevice",
      ["FuzzGuest", scanout("Display"), scanout("GuestDriver"), scanout("ScanoutTesting"), scanout("VirtioGPU")]),
    fuzzTarget("FuzzEDID", [scanout("Display"), scanout("GuestDriver"), scanout("VirtioGPU")]),
    fuzzTarget(
      "FuzzVirgl", ["FuzzGuest", scanout("ScanoutTesting"), scanout("VirglRendering"), scanout("VirtioGPU")]),
    fuzzTarget(
      "FuzzDisplay",
      [scanout("Display"), scanout("DisplaySocket"), scanout("LinuxIO"), scanout("VirtioGPU"), scanout("Wire")]),
    fuzzTarget(
      "FuzzDisplaySource",
      [scanout("Display"), scanout("DisplaySocket"), scanout("LinuxIO"), scanout("VirtioGPU"), scanout("Wire")]),
    fuzzTarget(
      "FuzzDisplaySink",
      [scanout("Display"), scanout("DisplaySocket"), scanout("LinuxIO"), scanout("VirtioGPU"), scanout("Wire")]),
    fuzzTarget(
      "FuzzVhostUser",
      [
        scanout("Display"), scanout("GuestDriver"), scanout("LinuxIO"), scanout("Serving"), scanout("VhostUser"),
        scanout("Virtio"), scanout("VirtioGPU"), scanout("Virtqueue"), scanout("Wire"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    fuzzTarget("FuzzRelay", [scanout("LinuxIO"), scanout("VhostUser"), scanout("Wire")]),
    fuzzTarget("FuzzConformance", [scanout("Conformance"), scanout("LinuxIO"), scanout("Wire")]),
    fuzzTarget(
      "FuzzControl", [scanout("ControlSocket"), scanout("Display"), scanout("ScanoutTesting"), scanout("VirtioGPU")]),
    fuzzTarget(
      "FuzzInput",
      [
        scanout("Display"), scanout("GuestDriver"), scanout("LinuxIO"), scanout("Virtio"), scanout("VirtioInput"),
        scanout("Virtqueue"), scanout("Wire"),
      ]),
    fuzzTarget("FuzzPNG", [scanout("Display"), scanout("Golden"), scanout("LinuxIO"), scanout("PNG")]),
    fuzzTarget(
      "FuzzDump", [scanout("Display"), scanout("FrameDump"), scanout("Frames"), scanout("LinuxIO"), scanout("PNG")]),
  ]
)
