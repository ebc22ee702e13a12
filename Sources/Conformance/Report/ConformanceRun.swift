public import LinuxIO
internal import VhostUser

/// Runs cases against a back end, one after the other.
public struct ConformanceRun: Sendable {
  /// The back end.
  public var target: BackEndTarget
  /// Name of the back end in the report.
  public var name: String
  /// The cases, in this order.
  public var cases: [ConformanceCase]
  /// How long one case may take.
  public var timeout: Duration = .seconds(10)
  /// Failures that are known.
  public var expected = ExpectedFailures()
  /// Folder for a trace of each case; nil: none.
  public var traces: Directory?
  /// True: what a program prints goes to the standard output and error of this one.
  public var showsOutput = false

  /// A run of these cases.
  public init(_ target: BackEndTarget, cases: [ConformanceCase] = ConformanceCase.all) {
    self.target = target
    name = target.name
    self.cases = cases
  }

  /// Runs all cases. Throws a ``NotStarted`` when there is no back end, and an error of the file system when a trace cannot
  /// be written.
  public func run(progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }) throws -> ConformanceReport {
    try probe()
    let runner = CaseRunner(target: target, timeout: timeout, showsOutput: showsOutput)
    var entries: [ConformanceReport.Entry] = []
    for (index, testCase) in cases.enumerated() {
      progress(index, cases.count)
      let trace = traces == nil ? nil : TraceLog()
      let start = ContinuousClock.now
      let result: CaseResult
      do {
        result = try runner.run(testCase, trace: trace)
      } catch  where index > 0 {
        result = .crashed("there is no connection: \(error)")
      } catch {
        throw NotStarted(description: "\(name) cannot be judged: \(error)")
      }
      let milliseconds = Int(start.duration(to: .now) / .milliseconds(1))
      entries.append(
        ConformanceReport.Entry(
          testCase, result, expectedReason: expected.reasons[testCase.name], milliseconds: milliseconds))
      if let traces, let trace {
        let text = "# \(testCase.name): \(testCase.sentence)\n# \(result.name) \(result.detail)\n" + trace.text
        try traces.replace("\(testCase.name).trace", with: Array(text.utf8), through: ".trace")
      }
    }
    progress(cases.count, cases.count)
    return ConformanceReport(backEnd: name, entries: entries)
  }

  /// A back end that cannot be judged.
  public struct NotStarted: Error, CustomStringConvertible {
    /// A sentence.
    public let description: String
  }

  /// The back end can be started and speaks vhost-user. A back end at a socket may take one connection only, so it is not
  /// asked.
  private func probe() throws(NotStarted) {
    do {
      if case .socket = target { return }
      let bench = try ConnectionBench(target, timeout: timeout, showsOutput: showsOutput, trace: nil)
      do {
        _ = try bench.frontEnd.askNumber(.getFeatures)
      } catch {
        let ending = bench.connection.ending(withinMilliseconds: error == .closed ? 1000 : 0)
        throw NotStarted(description: ending?.sentence ?? "\(error)")
      }
    } catch let error as NotStarted {
      throw NotStarted(description: "\(name) is no back end that can be judged: \(error)")
    } catch {
      throw NotStarted(description: "\(name) cannot be started: \(error)")
    }
  }
}
