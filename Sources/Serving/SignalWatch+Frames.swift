internal import FrameDump
internal import LinuxIO
internal import Logging
internal import Text

extension SignalWatch {
  /// Takes no more signals, so that a second one ends the process at once, and logs how many frames wait for the disk, because
  /// the end of a run waits for them.
  func release(waitingFor dump: FrameDumpSink?, _ log: Logger) {
    release()
    guard let waiting = dump?.framesWaiting, waiting > 0 else { return }
    let frames = "\(count(waiting, "frame")) \(waiting == 1 ? "waits" : "wait")"
    log.notice("\(frames) for the disk; a second signal ends at once, without them")
  }
}
