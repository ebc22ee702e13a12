import Foundation
import Testing

@Suite("Tools/install-program")
struct InstallTests {
  /// The tests and the program are built into the same folder.
  private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "scanout").path

  /// Runs a program to its end, and returns its output, standard error included, and its status.
  private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  private var tool: String { Page.root.appending(path: "Tools/install-program").path }

  /// Calls `body` with an empty folder, which is removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = "/tmp/scanout-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// The files below a folder, by their paths.
  private func files(below folder: String) -> [String: Data] {
    let paths = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return Dictionary(
      paths.compactMap { path in FileManager.default.contents(atPath: "\(folder)/\(path)").map { (path, $0) } },
      uniquingKeysWith: { $1 })
  }

  @Test("it installs a program that runs, sound manual pages and completions, and a description that names the program")
  func install() throws {
    try withFolder { folder in
      let prefix = "\(folder)/a prefix & more"
      let outcome = try run([tool, "--program", Self.program, prefix])
      #expect(outcome.status == 0, "\(outcome.text)")
      let (installed, version) = (files(below: prefix), try run(["\(prefix)/bin/scanout", "--version"]))
      #expect(version.status == 0)

      let description = try #require(installed["share/qemu/vhost-user/50-scanout.json"])
      let members = try #require(try JSONSerialization.jsonObject(with: description) as? [String: Any])
      #expect(members["binary"] as? String == "\(prefix)/libexec/scanout-vhost-user-gpu")
      let capabilities = try run(
        ["\(prefix)/libexec/scanout-vhost-user-gpu", "--print-capabilities"],
        environment: ["SCANOUT_SETTINGS": "/nonexistent"])
      #expect(capabilities.status == 0)
      #expect(capabilities.text.contains(#""type":"gpu""#))

      let pages = installed.keys.filter { $0.hasPrefix("share/man/man1/") }.map { "\(prefix)/\($0)" }.sorted()
      let names = Set(pages.map { URL(filePath: $0).lastPathComponent })
      #expect(names.isSuperset(of: ["scanout.1", "scanout-serve.1", "scanout-verify.1"]))
      let faults = try run(["mandoc", "-T", "lint", "-W", "warning"] + pages)
      #expect(faults.status == 0, "\(faults.text)")

      let completions = try run(["bash", "-n", "\(prefix)/share/bash-completion/completions/scanout"])
      #expect(completions.status == 0, "\(completions.text)")
      #expect(
        installed["share/zsh/site-functions/_scanout"].map { $0.starts(with: Data("#compdef scanout".utf8)) } == true)
      #expect(installed["share/fish/vendor_completions.d/scanout.fish"]?.isEmpty == false)
    }
  }

  @Test("manual pages have the texts of --help")
  func pages() throws {
    try withFolder { folder in
      let outcome = try run([tool, "--program", Self.program, folder])
      #expect(outcome.status == 0, "\(outcome.text)")
      // So wide that no word is divided.
      let page = try run(["mandoc", "-T", "utf8", "-O", "width=500", "\(folder)/share/man/man1/scanout-verify.1"])
      let help = try run([Self.program, "verify", "--help"])
      func words(_ text: String, without isHeading: (Substring) -> Bool = { _ in false }) -> Set<String> {
        // A page shows bold letters as a letter, a step back and the letter.
        let plain = text.replacing(/.\u{8}/, with: "")
        let words = plain.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "/" }
        // The abstract begins with a small letter on the page.
        return Set(words.filter { !isHeading($0) }.map { $0.lowercased() })
      }
      // The headings of --help are others.
      let missing = words(help.text) { $0 == $0.uppercased() }.subtracting(words(page.text))
      #expect(missing.isEmpty, "\(missing.sorted())")
    }
  }

  @Test("with DESTDIR all goes below it, and the description names the prefix; two runs write the same")
  func destination() throws {
    try withFolder { folder in
      for name in ["one", "two"] {
        let outcome = try run(
          [tool, "--program", Self.program, "/opt/scanout"], environment: ["DESTDIR": "\(folder)/\(name)"])
        #expect(outcome.status == 0, "\(outcome.text)")
      }
      let (one, two) = (files(below: "\(folder)/one"), files(below: "\(folder)/two"))
      #expect(one == two)
      #expect(one.keys.allSatisfy { $0.hasPrefix("opt/scanout/") })
      let description = try #require(one["opt/scanout/share/qemu/vhost-user/50-scanout.json"])
      #expect(String(decoding: description, as: UTF8.self).contains(#""/opt/scanout/libexec/scanout-vhost-user-gpu""#))
    }
  }

  @Test(
    "a wrong command line is refused before anything is written",
    arguments: [
      [], ["/one", "/two"], ["--unknown", "/one"], ["--program"], ["--program", "/nonexistent", "/one"], ["/a\"b"],
    ])
  func wrong(_ arguments: [String]) throws {
    #expect(try run([tool] + arguments).status == 64)
  }
}
