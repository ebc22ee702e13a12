// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target.
let strictProgram: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

/// Those of libraries and tests, whose imports are theirs alone unless they say otherwise.
let strict = strictProgram + [.enableUpcomingFeature("InternalImportsByDefault")]

/// A library target in the house settings.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one library target.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
  name: "scanout",
  products: [
    .executable(name: "scanout", targets: ["scanout"]),
    .library(name: "Conformance", targets: ["Conformance"]),
    .library(name: "ControlSocket", targets: ["ControlSocket"]),
    .library(name: "Display", targets: ["Display"]),
    .library(name: "DisplaySocket", targets: ["DisplaySocket"]),
    .library(name: "Frames", targets: ["Frames"]),
    .library(name: "FrameDump", targets: ["FrameDump"]),
    .library(name: "Golden", targets: ["Golden"]),
    .library(name: "GuestDriver", targets: ["GuestDriver"]),
    .library(name: "ScanoutTesting", targets: ["ScanoutTesting"]),
    .library(name: "VhostUser", targets: ["VhostUser"]),
    .library(name: "VirglRendering", targets: ["VirglRendering"]),
    .library(name: "Virtio", targets: ["Virtio"]),
    .library(name: "VirtioGPU", targets: ["VirtioGPU"]),
    .library(name: "VirtioInput", targets: ["VirtioInput"]),
    .library(name: "Virtqueue", targets: ["Virtqueue"]),
    .library(name: "LinuxIO", targets: ["LinuxIO"]),
    .library(name: "Serving", targets: ["Serving"]),
    .library(name: "PNG", targets: ["PNG"]),
    .library(name: "Text", targets: ["Text"]),
    .library(name: "Wire", targets: ["Wire"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // Imports go downwards only; no target imports another of its own layer.

    // 1: C, as little as possible, and bytes.
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "CVirgl"),
    .target(name: "CX11", cSettings: [.define("_GNU_SOURCE")], linkerSettings: [.linkedLibrary("SDL2")]),
    .systemLibrary(name: "CISAL", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CPixman", pkgConfig: "pixman-1", providers: [.apt(["libpixman-1-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CSDL2", providers: [.apt(["libsdl2-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CPNGRead", dependencies: ["CISAL", "CPNG"]),
    .target(name: "CPixels"),
    library("Wire"),
    library("Text"),

    // 2: the operating system.
    library("LinuxIO", ["CLinux", "Text", .product(name: "DequeModule", package: "swift-collections")]),

    // 3: what a scanout shows, guest memory and rings.
    library("Display", ["CPixman", "LinuxIO"]),
    library("Virtqueue", ["Wire", "LinuxIO"]),

    // 4: images and their files, and what devices and transports say to each other.
    library(
      "PNG", ["Display", "LinuxIO", "Text", "Wire", "CISAL", "CPNGRead", "CPixels", "CPixman", "CXXHash", "CZlib"]),
    library("Virtio", ["LinuxIO", "Virtqueue"]),

    // 5: recordings, the devices, and a transport.
    library("Frames", ["Display", "LinuxIO", "PNG", "Text"]),
    library(
      "VirtioGPU",
      [
        "Wire", "Text", "LinuxIO", "Virtio", "Virtqueue", "Display",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    library(
      "VirtioInput",
      ["Display", "Virtio", "Virtqueue", "Wire", .product(name: "DequeModule", package: "swift-collections")]),
    library(
      "VhostUser",
      [
        "Wire", "Text", "LinuxIO", "Virtio", "Virtqueue", .product(name: "DequeModule", package: "swift-collections"),
      ]),

    // 6: leaves.
    library("ControlSocket", ["Display", "LinuxIO", "Text", "VirtioGPU"]),
    library(
      "FrameDump",
      [
        "Display", "Frames", "LinuxIO", "PNG", "Text", .product(name: "DequeModule", package: "swift-collections"),
      ]),
    library("Golden", ["CPixels", "Display", "Frames", "LinuxIO", "PNG", "Text"]),
    library("GuestDriver", ["Display", "LinuxIO", "Virtio", "Virtqueue", "VirtioGPU", "VhostUser", "Wire"]),
    library("SDLDisplay", ["CSDL2", "CX11", "Display", "LinuxIO", "Text"]),
    library(
      "VirglRendering",
      [
        "CLinux", "CVirgl", "Display", "LinuxIO", "Text", "VirtioGPU", "Virtqueue",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    library("DisplaySocket", ["Display", "LinuxIO", "VirtioGPU", "Wire"]),

    // 7: what the command line and test targets share.
    library(
      "Serving",
      [
        "CLinux", "ControlSocket", "Display", "DisplaySocket", "FrameDump", "Frames", "Golden", "GuestDriver",
        "LinuxIO",
        "PNG",
        "SDLDisplay", "Text", "VhostUser", "VirglRendering", "Virtio", "VirtioGPU", "VirtioInput",
        .product(name: "Logging", package: "swift-log"),
      ]),

    library(
      "Conformance",
      [
        "Display", "DisplaySocket", "GuestDriver", "LinuxIO", "Text", "VhostUser", "Virtio", "VirtioGPU", "Virtqueue",
        "Wire",
      ]),

    // 8: the command line.
    .executableTarget(
      name: "scanout",
      dependencies: [
        "Conformance", "ControlSocket", "Display", "DisplaySocket", "FrameDump", "Frames", "Golden", "GuestDriver",
        "LinuxIO",
        "PNG", "SDLDisplay", "Serving", "Text", "VhostUser", "VirglRendering", "Virtio", "VirtioGPU", "VirtioInput",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strictProgram),

    // For tests: what records, fakes and cleans up.
    library(
      "ScanoutTesting",
      [
        "Display", "LinuxIO", "VirtioGPU", "Virtqueue", "Wire",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),

    // What guests do, for the tests of the device and of what carries it.
    .target(
      name: "GuestCases",
      dependencies: [
        "Conformance", "Display", "GuestDriver", "LinuxIO", "ScanoutTesting", "Virtqueue", "VirtioGPU", "Wire",
      ],
      path: "Tests/GuestCases",
      swiftSettings: strict),

    // The other end of the display socket, for tests of who sends frames there.
    .target(
      name: "DisplayPeers", dependencies: ["Display", "DisplaySocket", "LinuxIO", "VirtioGPU", "Wire"],
      path: "Tests/DisplayPeers", swiftSettings: strict),

    // Where tests show windows.
    .target(name: "DisplayServers", dependencies: ["Display"], path: "Tests/DisplayServers", swiftSettings: strict),

    .testTarget(
      name: "ScanoutTests",
      dependencies: [
        "scanout", "CLinux", "ControlSocket", "Display", "DisplayServers", "DisplaySocket", "Frames", "Golden",
        "GuestDriver",
        "LinuxIO",
        "ScanoutTesting", "Serving", "Text", "VhostUser", "Virtio", "VirtioGPU", "VirtioInput", "Virtqueue",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // Examples of the pages, and whether what the pages name is there.
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "scanout", "ControlSocket", "Display", "DisplaySocket", "FrameDump", "Frames", "Golden", "GuestDriver",
        "LinuxIO",
        "PNG", "ScanoutTesting", "SDLDisplay", "Serving", "Text", "VhostUser", "Virtio", "VirglRendering", "VirtioGPU",
        "VirtioInput", "Virtqueue", "Wire",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    tests("Text"),
    tests("Wire"),
    tests("LinuxIO", ["CLinux"]),
    tests("Display", ["LinuxIO", "ScanoutTesting"]),
    tests("Virtqueue", ["GuestDriver", "LinuxIO"]),
    tests("PNG", ["Display", "LinuxIO"]),
    tests(
      "VirtioGPU",
      [
        "Display", "FrameDump", "Frames", "GuestCases", "GuestDriver", "LinuxIO", "ScanoutTesting", "Virtqueue", "Wire",
      ]),
    tests("Virtio", ["GuestDriver", "LinuxIO", "Virtqueue"]),
    tests("VirtioInput", ["Display", "GuestDriver", "LinuxIO", "VhostUser", "Virtio", "Virtqueue", "Wire"]),
    tests("VhostUser", ["LinuxIO", "Virtio", "Virtqueue", "Wire"]),
    tests("ControlSocket", ["Display", "LinuxIO", "VirtioGPU"]),
    tests("Frames", ["Display", "PNG"]),
    tests("FrameDump", ["Display", "Frames", "LinuxIO", "PNG", "ScanoutTesting"]),
    tests("Golden", ["Display", "Frames", "PNG", "ScanoutTesting", "Text"]),
    tests("SDLDisplay", ["CSDL2", "Display", "DisplayServers", "LinuxIO", "ScanoutTesting"]),
    tests(
      "VirglRendering",
      [
        "Display", "GuestDriver", "LinuxIO", "ScanoutTesting", "VirtioGPU", "Virtqueue", "Wire",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    tests(
      "Conformance",
      [
        "DisplaySocket", "LinuxIO", "ScanoutTesting", "Serving", "VhostUser", "Virtio", "VirtioGPU", "Wire",
        .product(name: "Logging", package: "swift-log"), "Display",
      ]),
    tests("DisplaySocket", ["Display", "DisplayPeers", "LinuxIO", "ScanoutTesting", "VirtioGPU", "Wire"]),
    tests(
      "Serving",
      [
        "Display", "DisplayPeers", "DisplaySocket", "GuestCases", "GuestDriver", "LinuxIO", "ScanoutTesting",
        "VhostUser", "Virtio", "VirtioGPU", "Virtqueue", "Wire",
        .product(name: "Logging", package: "swift-log"),
      ]),
  ]
)
