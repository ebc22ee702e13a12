import Foundation
import LinuxIO

/// How many descriptors of this process are open on a file with this text in its name.
func openDescriptors(named name: String) throws -> Int {
  // What a peer sent is closed by another thread.
  for _ in 0..<60_000 where DescriptorCloser.shared.unclosedCount > 0 { usleep(1000) }
  let folder = "/proc/self/fd"
  return try FileManager.default.contentsOfDirectory(atPath: folder).count { number in
    // A descriptor of another test may close while we look.
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)")
    return target?.contains(name) == true
  }
}

/// A file to send, by whose name its descriptors can be counted.
func makeToken(_ name: String) throws -> Descriptor {
  try MappedMemory.makeFile(named: name, count: 4096)
}
