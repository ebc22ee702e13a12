import ArgumentParser
import Conformance
import LinuxIO
import Serving
import Text

/// The command `scanout conformance`: judges a vhost-user-gpu back end.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Judge any vhost-user-gpu back end by the rules of virtio-gpu and the display socket.",
    discussion: """
      A fake guest and a fake display play one case after the other against a back \
      end: no virtual machine, GPU or KVM is needed. Each case has a fresh \
      connection, and with --program a fresh process, and ends after --timeout. The \
      table says for each case whether it passed, or what was expected and seen.

        scanout conformance --program /usr/lib/qemu/vhost-user-gpu
        scanout conformance --program ./my-gpu --case cursor-hide --trace traces/
        scanout conformance --backend gpu.sock --junit report.xml
        scanout conformance --program ./my-gpu --replay-trace traces/reboot.trace
        scanout conformance --program ./my-gpu -- --an-option of-its-own

      With --front-end it is the other way round: this program is the back end of a       virtual machine, and judges what becomes of valid and broken messages to its       display. The machine is started by somebody else, or is the --program.

        scanout conformance --front-end --listen gpu.sock

      Exit codes: 74 the back end could not be started, or a file not be read or \
      written, 3 a case failed, 0 every case passed, was skipped, or failed as \
      --expect says. 64: the command line is wrong.
      """)

  @Flag(help: "This program's own device. (default: when no other back end is named)")
  var own = false

  @Option(
    help: ArgumentHelp(
      "Back-end program, started for each case with --fd=NUMBER as QEMU's are, after the arguments that follow \"--\".",
      valueName: "path"))
  var program: String?

  @Flag(help: "Front ends are judged instead: what a virtual machine does with the messages of a back end.")
  var frontEnd = false

  @Option(
    help: ArgumentHelp(
      "Socket to listen at with --front-end. A virtual machine may take a minute until its guest's driver has started.",
      valueName: "socket"))
  var listen: String?

  @Flag(
    name: .customLong("socket-path"),
    help: "Programs are started with --socket-path=PATH instead of --fd, and have to listen there.")
  var usesSocketPath = false

  @Option(name: .customLong("backend"), help: ArgumentHelp("Socket at which a back end listens.", valueName: "socket"))
  var socket: String?

  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("Case or group of cases to play. Repeatable. (default: all)", valueName: "name"))
  var names: [String] = []

  @Flag(help: "Names of the cases with their rules; nothing is played.")
  var list = false

  @Option(help: ArgumentHelp("Seconds that a case may take, 0.1 to 600.", valueName: "number"))
  var timeout = 10.0

  @Option(
    help: ArgumentHelp(
      "File of cases that are expected to fail, a line \"name: reason\" for each. They do not change the exit code.",
      valueName: "file"))
  var expect: String?

  @Option(help: ArgumentHelp("JUnit XML file to write.", valueName: "file"))
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Folder to write the messages of each case to, as text. It is made when it is not there.", valueName: "folder"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Trace whose messages to the back end are sent again; replies that differ are named. No case is played.",
      valueName: "file"))
  var replayTrace: String?

  @Flag(help: "What the back-end program prints is shown on standard error and output.")
  var showOutput = false

  @Flag(help: "JSON response, to standard output.")
  var json = false

  @Argument(parsing: .postTerminator, help: ArgumentHelp("Arguments of the program.", valueName: "argument"))
  var arguments: [String] = []

  func validate() throws {
    guard [own, program != nil, socket != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("Several back ends were named: give one of --own, --program and --backend.")
    }
    guard arguments.isEmpty || program != nil else {
      throw ValidationError("Arguments after \"--\" are those of --program, which is missing.")
    }
    guard !json || (!list && replayTrace == nil) else {
      throw ValidationError("--list and --replay-trace have no JSON: leave out --json.")
    }
    guard replayTrace == nil || (names.isEmpty && junit == nil && expect == nil && trace == nil) else {
      throw ValidationError("--replay-trace plays no case: leave out --case, --expect, --junit and --trace.")
    }
    guard !usesSocketPath || socket == nil else {
      throw ValidationError("--socket-path is for a program, and --backend names a socket: leave one out.")
    }
    guard timeout.isFinite, (0.1...600).contains(timeout) else {
      throw ValidationError("Invalid --timeout \(timeout): must be a number from 0.1 to 600.")
    }
    guard frontEnd == (listen != nil) || list else {
      throw ValidationError("--front-end and --listen belong together: give both, or leave both out.")
    }
    guard !frontEnd || (!own && socket == nil && !usesSocketPath && trace == nil && replayTrace == nil) else {
      throw ValidationError("--front-end judges no back end: leave out --own, --backend, --socket-path and traces.")
    }
    for name in names where !known.contains(where: { Self.matches($0, name) }) {
      throw ValidationError("There is no case and no group of cases \(name.printable): --list has their names.")
    }
    var roles = PathRoles()
    roles.note("--program", program, .input)
    roles.note("--expect", expect, .input)
    roles.note("--listen", listen, .socket)
    roles.note("--replay-trace", replayTrace, .input)
    roles.note("--junit", junit, .outputFile)
    roles.note("--trace", trace, .outputFolder)
    try roles.validate()
  }

  private static func matches(_ testCase: ConformanceCase, _ name: String) -> Bool {
    testCase.name == name || testCase.group.rawValue == name
  }

  /// The cases of which some are chosen.
  private var known: [ConformanceCase] { frontEnd ? ConformanceCase.allOfFrontEnds : ConformanceCase.all }

  private var cases: [ConformanceCase] {
    guard !names.isEmpty else { return known }
    return known.filter { testCase in names.contains { Self.matches(testCase, $0) } }
  }

  private var target: BackEndTarget {
    if let program { return .program(program, arguments: arguments, usesSocketPath: usesSocketPath) }
    if let socket { return .socket(socket) }
    return .program(
      "/proc/self/exe", arguments: ["serve", "--discard", "--log-level", "warning"], usesSocketPath: usesSocketPath)
  }

  func run() throws {
    guard !list else { return printList() }
    Console.startQueue()
    if let replayTrace { return try ExitStatus.reporting { try replay(replayTrace) } }
    try ExitStatus.reporting(json: json) {
      let reportFile = try junit.map(ReplacedFile.init)
      try reportFile?.removeEarlier(
        beginningWith: Array("<?xml".utf8), content: "the report", kind: "an XML file")
      let report = try play()
      try reportFile?.write(Array(report.junit.utf8))
      if json {
        Console.print(JSONText.encode(JSONResponse("conformance", summary: report.summary, report)))
      } else {
        Console.print(report.text)
      }
      if !report.isPassed { throw ExitStatus.conformance }
    }
  }

  private func printList() {
    for testCase in cases { Console.print("\(testCase.name)\t\(testCase.sentence). (\(testCase.source))") }
  }

  private func replay(_ path: String) throws {
    let replay = TraceReplay(try TraceFile(Self.text(of: path)))
    let outcome = try replay.run(target, timeout: .seconds(timeout), showsOutput: showOutput)
    for difference in outcome.differences { Console.print(difference.printable) }
    Console.print(outcome.summary)
    if !outcome.differences.isEmpty { throw ExitStatus.conformance }
  }

  private func play() throws -> ConformanceReport {
    let progress = ProgressBar("playing")
    if let listen {
      var run = FrontEndRun(path: listen)
      run.cases = cases
      run.timeout = .seconds(timeout)
      run.program = program.map { ($0, arguments) }
      run.showsOutput = showOutput
      run.expected = try expectedFailures()
      return try run.run { done, count in progress.show(done, of: count) }
    }
    var run = ConformanceRun(target, cases: cases)
    run.timeout = .seconds(timeout)
    run.showsOutput = showOutput
    if program == nil, socket == nil { run.name = "this device" }
    run.expected = try expectedFailures()
    if let trace {
      let folder = try Directory.make(trace)
      for name in try folder.names() where name.hasSuffix(".trace") { try folder.remove(name) }
      run.traces = folder
    }
    return try run.run { done, count in progress.show(done, of: count) }
  }

  private func expectedFailures() throws -> ExpectedFailures {
    guard let expect else { return ExpectedFailures() }
    return try ExpectedFailures(
      Self.text(of: expect), names: Set((ConformanceCase.all + ConformanceCase.allOfFrontEnds).map(\.name)))
  }

  /// The text of a file, at most 64 MiB of it.
  private static func text(of path: String) throws -> String {
    String(decoding: try ReplacedFile(path).read(64 << 20), as: UTF8.self)
  }
}
