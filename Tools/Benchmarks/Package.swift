// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "scanout", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "Display", package: "scanout"),
        .product(name: "FrameDump", package: "scanout"),
        .product(name: "GuestDriver", package: "scanout"),
        .product(name: "LinuxIO", package: "scanout"),
        .product(name: "ScanoutTesting", package: "scanout"),
        .product(name: "VhostUser", package: "scanout"),
        .product(name: "Serving", package: "scanout"),
        .product(name: "VirglRendering", package: "scanout"),
        .product(name: "VirtioGPU", package: "scanout"),
        .product(name: "Virtqueue", package: "scanout"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)])
  ]
)
