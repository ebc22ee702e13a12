import Display
import Foundation
import GuestDriver
import Testing
import VirtioGPU

/// Tests with edid-decode, a program of others that checks EDIDs.
@Suite("EDIDs as edid-decode reads them", .timeLimit(.minutes(5)))
struct EDIDConformityTests {
  private static let checker = "/usr/bin/edid-decode"

  /// Modes as the command line takes them: small and odd ones, the usual ones, and those on both sides of what a base
  /// block and its range limits can say: 4095 pixels, 655.35 MHz, 255 and 510 Hz, 255 and 510 kHz, 2550 MHz.
  private static let modes = [
    "32x32@1", "32x32@60", "32x32@1000", "33x47@60", "63x64@59.94", "64x64", "100x100", "127x65@75", "320x240",
    "480x272",
    "640x480", "640x480@1000", "720x400@70", "800x600@75", "1003x601", "1024x768@30", "1080x1920", "1280x800",
    "1366x768@59.79", "1440x900@59.94", "1920x1080@1", "1920x1080@23.976", "1920x1080@60", "1920x1080@144",
    "1920x1080@240", "1920x1080@255.5", "1920x1080@360", "1920x1080@509", "1920x1080@511", "1920x1080@1000",
    "1920x1200",
    "2560x1080", "2560x1440@165", "3440x1440@100", "3840x2160@30", "3840x2160@60", "3840x2160@144", "4095x2160",
    "4096x2160", "4095x4095@30", "4095x4095@60", "4096x4096@30", "5120x2880@60", "7680x4320@60", "8192x4608@120",
    "8192x8192@1", "8192x8192@60", "8192x8192@1000", "8192x32@60", "32x8192@60", "32x8192@1000",
  ]

  @Test("every mode that an output accepts conforms, and its ranges hold every listed timing", arguments: modes)
  func conforms(text: String) throws {
    let mode = try #require(DisplayMode(text))
    let output = Output(size: mode.size, refreshMillihertz: mode.refreshMillihertz ?? 60_000)
    let report = try Self.check(try TestGuest(outputs: [output]).driver.edid(of: 0))
    #expect(report.contains("EDID conformity: PASS"), "\(report)")
    #expect(!report.contains("out of range"), "\(report)")
    // Hertz with decimals, in one of the lines "DTD 1: 1920x1080 60.000 Hz" and "DTD: 5120x2880 60.000 Hz".
    let timings = report.matches(of: /DTD.*?: +(\d+x\d+) +([0-9.]+) Hz/).map { ($0.1, Double($0.2) ?? 0) }
    let wanted = Double(output.refreshMillihertz) / 1000
    #expect(
      timings.contains { $0 == "\(mode.size.width)x\(mode.size.height)" && abs($1 - wanted) < 0.001 * wanted },
      "\(report)")
  }

  /// The output of edid-decode for an EDID.
  private static func check(_ bytes: [UInt8]) throws -> String {
    try #require(
      FileManager.default.isExecutableFile(atPath: checker),
      "\(checker) judges the EDIDs, and is not here: \"Tools/install test\" installs it.")
    let folder = FileManager.default.temporaryDirectory.appending(path: "edid-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (edid, report) = (folder.appending(path: "edid"), folder.appending(path: "report"))
    try Data(bytes).write(to: edid)
    try Data().write(to: report)
    let process = Process()
    process.executableURL = URL(filePath: checker)
    process.arguments = ["--check", edid.path]
    process.standardOutput = try FileHandle(forWritingTo: report)
    process.standardError = process.standardOutput
    try process.run()
    process.waitUntilExit()
    return String(decoding: try Data(contentsOf: report), as: UTF8.self)
  }
}
