import Foundation
import ScanoutTesting
import Testing

/// The built program, run with a command line.
struct Program {
  /// Exit status and output of a finished run.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// Expects that it ended because the disk under its dump was full, and that what was written can be read.
    func expectFullDisk(under dump: String) throws {
      #expect(status == 74)
      #expect(errors.contains("No space left on device"), "\(errors)")
      let inspection = try Program.run(["inspect", dump, "--json"])
      #expect(inspection.status == 0)
      #expect(inspection.output.contains("\"isFinished\" : false"))
      #expect(inspection.output.contains("frames/0-000010.png"))
    }
  }

  /// The repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Path of the built program, which is in the folder of the tests.
  static let url = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "scanout")

  /// Runs the program to its end, without a display unless `environment` names one. `folder`: its working directory.
  @discardableResult
  static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) throws -> Outcome {
    let running = try start(arguments, environment: environment, in: folder)
    return running.finish()
  }

  /// Starts the program.
  static func start(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) throws -> Running {
    let process = prepare(arguments, environment: environment, in: folder)
    let running = Running(process)
    try process.run()
    return running
  }

  /// A process that is not started yet, and whose standard descriptors are still to be set.
  static func prepare(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) -> Process {
    let process = Process()
    process.executableURL = url
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    process.arguments = arguments
    var all = ProcessInfo.processInfo.environment.filter {
      !["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"].contains($0.key)
    }
    all.merge(environment) { $1 }
    process.environment = all
    return process
  }

  /// A run that was started.
  final class Running {
    let process: Process
    private let folder = TemporaryFolder.forSuite()

    init(_ process: Process) {
      self.process = process
      // Files, not pipes: a program that writes much must not wait for the test.
      for name in ["output", "errors"] { _ = FileManager.default.createFile(atPath: folder.path(name), contents: nil) }
      process.standardOutput = FileHandle(forWritingAtPath: folder.path("output"))
      process.standardError = FileHandle(forWritingAtPath: folder.path("errors"))
      process.standardInput = FileHandle.nullDevice
    }

    /// Standard error so far.
    var errors: String { (try? String(contentsOfFile: folder.path("errors"), encoding: .utf8)) ?? "" }

    /// Waits until standard error has `words`; false if it does not within a minute, or the program ends.
    func logs(_ words: String) -> Bool {
      let deadline = Date(timeIntervalSinceNow: 60)
      while !errors.contains(words) {
        guard process.isRunning, Date() < deadline else { return errors.contains(words) }
        Thread.sleep(forTimeInterval: 0.01)
      }
      return true
    }

    func finish() -> Outcome {
      process.waitUntilExit()
      let output = (try? String(contentsOfFile: folder.path("output"), encoding: .utf8)) ?? ""
      return Outcome(status: process.terminationStatus, output: output, errors: errors)
    }

    deinit {
      if process.isRunning { process.terminate() }
    }
  }
}
