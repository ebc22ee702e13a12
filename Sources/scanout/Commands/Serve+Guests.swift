import ArgumentParser
import Glibc
import LinuxIO
import Logging
import Serving

/// Several guests: `serve` starts itself once for each, and judges their frames when all have ended.
extension Serve {
  /// Serves every guest, and throws the first exit code that applies.
  func serveGuests(_ log: Logger) throws {
    let devices = guests.map { guest in
      GuestSupervisor.GuestDevice(name: guest.name, arguments: arguments(of: guest, in: CommandArguments.all))
    }
    // The options of each guest are checked before anything is made.
    for device in devices { _ = try ScanoutCommand.parseAsRoot(device.arguments) }
    try beginJudging()
    var codes: [Int32] = []
    try ExitStatus.reporting {
      for folder in [sinks.dump, control, input.inputSockets] { if let folder { _ = try Directory.make(folder) } }
      let supervisor = try GuestSupervisor(program: "/proc/self/exe", guests: devices, log: log)
      codes = try supervisor.run().map(\.exitCode)
    }
    for guest in guests {
      guard let configuration = judging(of: guest) else { continue }
      do { try VerifyRun.complete(configuration) } catch let code as ExitCode { codes.append(code.rawValue) }
    }
    if let code = ExitStatus.first(of: codes) { throw code }
  }

  /// Arguments of the program that serves one guest: those of this command line without the options that a guest has for
  /// itself, and with these.
  func arguments(of guest: GuestArgument, in all: [String]) -> [String] {
    var dropped: Set<String> = ["guest", "dump", "golden", "frame", "control", "input-sockets"]
    dropped.formUnion(guest.own.map(\.name))
    var result: [String] = []
    var words = all[...]
    while let word = words.popFirst() {
      guard word.hasPrefix("--") else {
        result.append(word)
        continue
      }
      let option = word.dropFirst(2).prefix { $0 != "=" }
      guard dropped.contains(String(option)) else {
        result.append(word)
        continue
      }
      if !word.contains("=") { words = words.dropFirst() }
    }
    result += ["--guest-name", guest.name, "--socket-path", guest.socketPath]
    for option in guest.own { result += ["--\(option.name)", option.value] }
    if let dump = sinks.dump { result += ["--dump", "\(dump)/\(guest.name)"] }
    if let control { result += ["--control", "\(control)/\(guest.name).sock"] }
    if let folder = input.inputSockets { result += ["--input-sockets", "\(folder)/\(guest.name)"] }
    return result
  }

  /// Removes the results of an earlier run. Goldens that cannot be read are an error before the run, not after it.
  private func beginJudging() throws {
    for guest in guests {
      guard let configuration = judging(of: guest) else { continue }
      try ExitStatus.reporting {
        _ = try Directory(configuration.goldens)
        _ = try VerifyRun(configuration)
      }
    }
  }

  /// Comparison of a guest's frames with its goldens; nil: none was asked for.
  private func judging(of guest: GuestArgument) -> VerifyConfiguration? {
    guard let dump = sinks.dump, let golden = sinks.golden else { return nil }
    var configuration = VerifyConfiguration(source: "\(dump)/\(guest.name)", goldens: "\(golden)/\(guest.name)")
    configuration.selections = sinks.selection.frames
    configuration.test = guest.name
    return configuration
  }
}
