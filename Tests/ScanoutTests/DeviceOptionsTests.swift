import ArgumentParser
import Serving
import Testing
import VirtioGPU

@testable import scanout

@Suite("How much a guest may use, as it is written on the command line")
struct DeviceOptionsTests {
  /// What a switch is called, what is written behind it, and what it changes.
  struct Switch: Sendable, CustomTestStringConvertible {
    let name: String
    let value: String
    let change: @Sendable (inout Quota) -> Void
    var testDescription: String { name }
  }

  private static let switches = [
    Switch(name: "--max-memory", value: "16M") { $0.resourceBytes = 16 << 20 },
    Switch(name: "--max-resources", value: "3") { $0.resources = 3 },
    Switch(name: "--max-contexts", value: "5") { $0.contexts = 5 },
    Switch(name: "--max-descriptors", value: "7") {
      $0.mappedBlobs = 7
      $0.hostBlobs = 7
    },
    Switch(name: "--max-entries", value: "11") { $0.memoryEntries = 11 },
    Switch(name: "--max-in-flight", value: "13") { $0.pendingCommands = 13 },
  ]

  @Test("each switch reaches its limit, and no other", arguments: switches)
  func limits(option: Switch) throws {
    var expected = Quota()
    option.change(&expected)
    #expect(expected != Quota())
    #expect(try DeviceOptions.parse([option.name, option.value]).limits == expected)
  }

  @Test("without switches the limits are the device's own")
  func defaults() throws {
    #expect(try DeviceOptions.parse([]).limits == Quota())
  }

  @Test(
    "the options of QEMU's back-end programs choose the renderer",
    arguments: [
      ([], .flat), (["--virgl"], .virgl), (["--render-node=/dev/dri/renderD128"], .virgl),
      (["--render-node", "/dev/dri/renderD128", "--virgl"], .virgl), (["--virgl", "--renderer", "virgl"], .virgl),
      (["--virgl", "--renderer", "venus"], .venus), (["--render-node", "/x", "--renderer", "venus"], .venus),
    ] as [([String], RendererChoice)])
  func renderers(options: [String], renderer: RendererChoice) throws {
    #expect(try DeviceOptions.parse(options).renderer == renderer)
  }

  @Test(
    "a renderer that draws and one that does not are refused together",
    arguments: [(["--virgl"], "--virgl asks for OpenGL"), (["--render-node", "/x"], "--render-node names a GPU")])
  func contradictions(options: [String], sentence: String) {
    let error = #expect(throws: (any Error).self) { try DeviceOptions.parse(options + ["--renderer", "2d"]) }
    #expect(error.map { DeviceOptions.message(for: $0).contains(sentence) } == true)
  }

  @Test(
    "counts of none, and beyond all sense, are refused", arguments: switches.dropFirst(), ["0", "1073741825", "-1"])
  func refused(option: Switch, value: String) {
    #expect(throws: (any Error).self) { try DeviceOptions.parse(["\(option.name)=\(value)"]) }
  }
}
