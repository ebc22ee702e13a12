import ArgumentParser
import Serving
import Testing
import VirtioGPU

@testable import scanout

@Suite("Options of the device")
struct DeviceOptionsTests {
  /// An option, a value of it, and its change of the quota.
  struct QuotaOption: Sendable, CustomTestStringConvertible {
    let name: String
    let value: String
    let change: @Sendable (inout Quota) -> Void
    var testDescription: String { name }
  }

  private static let options = [
    QuotaOption(name: "--max-memory", value: "16M") { $0.resourceBytes = 16 << 20 },
    QuotaOption(name: "--max-resources", value: "3") { $0.resources = 3 },
    QuotaOption(name: "--max-contexts", value: "5") { $0.contexts = 5 },
    QuotaOption(name: "--max-descriptors", value: "7") {
      $0.mappedBlobs = 7
      $0.hostBlobs = 7
    },
    QuotaOption(name: "--max-entries", value: "11") { $0.memoryEntries = 11 },
    QuotaOption(name: "--max-in-flight", value: "13") { $0.pendingCommands = 13 },
  ]

  @Test("each option sets its quota, and no other", arguments: options)
  func quota(option: QuotaOption) throws {
    var expected = Quota()
    option.change(&expected)
    #expect(expected != Quota())
    #expect(try DeviceOptions.parse([option.name, option.value]).quota == expected)
  }

  @Test("without options the quota is the default")
  func defaults() throws {
    #expect(try DeviceOptions.parse([]).quota == Quota())
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
    "options of a 3D renderer are refused with --renderer 2d",
    arguments: [(["--virgl"], "--virgl asks for OpenGL"), (["--render-node", "/x"], "--render-node names a GPU")])
  func contradictions(options: [String], sentence: String) {
    let error = #expect(throws: (any Error).self) { try DeviceOptions.parse(options + ["--renderer", "2d"]) }
    #expect(error.map { DeviceOptions.message(for: $0).contains(sentence) } == true)
  }

  @Test(
    "counts of zero, below it or above 2^30 are refused", arguments: options.dropFirst(), ["0", "1073741825", "-1"])
  func refused(option: QuotaOption, value: String) {
    #expect(throws: (any Error).self) { try DeviceOptions.parse(["\(option.name)=\(value)"]) }
  }
}
