import ArgumentParser
import Glibc
import Text

/// The words of the command line, byte by byte: a path that is no UTF-8 is opened as it was typed.
enum CommandArguments {
  /// All but the program's name.
  static var all: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      // Safe: there are `argc` words, those that the process was started with; each ends with a zero and stays.
      guard let word = unsafe CommandLine.unsafeArgv[index] else { return nil }
      // Safe: as above.
      let bytes = unsafe UnsafeBufferPointer(start: word, count: strlen(word)).map(UInt8.init(bitPattern:))
      return String(fileName: bytes)
    }
  }

  /// Answers a program whose command line is wrong, when it asks for JSON.
  static func answer(usage error: any Error, _ arguments: [String]) {
    let code = Scanout.exitCode(for: error)
    guard code == .validationFailure, arguments.contains("--json") else { return }
    let sentence = Scanout.message(for: error)
    Console.answer(JSONText.encode(JSONError.response(sentence, exitCode: code.rawValue)))
  }
}
