internal import Glibc
package import LinuxIO

/// Memory of Mesa's software driver for Vulkan, which is in a file: one page of the driver, then the bytes.
///
/// An opaque file of Vulkan may in general be mapped by its driver only, and on a GPU it has no memory to map. The files of
/// this driver are recognised by their header page, and are sealed, so that they cannot shrink.
package enum SoftwareMemory {
  /// Where the bytes start in an opaque file, and how many whole pages of them there are, in bytes; nil when another
  /// driver made it.
  package static func find(in file: Descriptor) -> (start: UInt64, count: UInt64)? {
    // F_GET_SEALS; F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW. Glibc's module has no names for them.
    guard fcntl(file.rawValue, 1034) == 1 | 2 | 4,
      let status = try? file.status(), status.isRegular
    else { return nil }
    // How long the file is, and where the bytes start, which is said once more just before them.
    guard word(of: file, at: 0) == UInt64(status.size), let start = word(of: file, at: 8),
      start == page, start < status.size, word(of: file, at: start - 8) == start
    else { return nil }
    return (start, (UInt64(status.size) - start + page - 1) / page * page)
  }

  private static let page: UInt64 = 4096

  private static func word(of file: Descriptor, at offset: UInt64) -> UInt64? {
    var word: UInt64 = 0
    // Safe: eight bytes are filled.
    guard unsafe pread(file.rawValue, &word, 8, off_t(offset)) == 8 else { return nil }
    return UInt64(littleEndian: word)
  }
}
