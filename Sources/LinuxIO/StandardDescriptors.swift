internal import Glibc

/// The three descriptors that every program expects to have: standard input, output and error.
public enum StandardDescriptors {
  /// Opens those that are closed, so that no file or socket of this process gets their numbers, and with it printed text.
  ///
  /// Reading from them finds the end at once, and writing to them is an error. To be called before anything is opened.
  public static func openMissing() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is this one.
      // Safe: the path is a constant that is only read.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }
}
