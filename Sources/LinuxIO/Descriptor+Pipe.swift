internal import CLinux
internal import Glibc

extension Descriptor {
  /// A pipe whose reader never waits, and whose writer does.
  package static func makePipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
    var (reader, writer): (Int32, Int32) = (-1, -1)
    // Safe: two integers are written to locals.
    guard unsafe clinux_pipe(&reader, &writer) == 0 else { throw SystemError("make a pipe") }
    return (Descriptor(owning: reader), Descriptor(owning: writer))
  }

  /// Reads what is in a pipe whose reader does not wait, at most `count` bytes: none at its end; nil when
  /// nothing has come.
  package func readSome(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    // Safe: at most so many bytes are written as the array has.
    let got = unsafe Glibc.read(rawValue, &bytes, bytes.count)
    return got >= 0 ? Array(bytes.prefix(got)) : nil
  }
}
