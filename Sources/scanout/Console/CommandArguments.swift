import ArgumentParser
import Glibc
import Text

/// Arguments of the command line, byte by byte: a path that is not UTF-8 is opened as it was typed.
enum CommandArguments {
  /// All arguments without the program's name.
  static var all: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      // Safe: there are `argc` words, those that the process was started with; each ends with a zero and stays.
      guard let word = unsafe CommandLine.unsafeArgv[index] else { return nil }
      // Safe: as above.
      let bytes = unsafe UnsafeBufferPointer(start: word, count: strlen(word)).map(UInt8.init(bitPattern:))
      return String(fileName: bytes)
    }
  }

  /// Prints the error of a wrong command line as JSON, if the command line has `--json`.
  static func reportUsage(_ error: any Error, for arguments: [String]) {
    let code = ScanoutCommand.exitCode(for: error)
    guard code == .validationFailure, arguments.contains("--json") else { return }
    let sentence = ScanoutCommand.message(for: error)
    Console.print(JSONText.encode(JSONError.response(sentence, exitCode: code.rawValue)))
  }
}
