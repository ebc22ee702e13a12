import Display
import Glibc

/// One `memcpy` of a frame's bytes: the upper bound for a device that copies them once.
@safe
final class PlainCopy {
  private let source: Surface
  private let count: Int
  private let target: UnsafeMutableRawPointer

  init(of source: Surface) {
    self.source = source
    count = source.stride * Int(source.size.height)
    unsafe target = .allocate(byteCount: count, alignment: 4096)
  }

  deinit {
    unsafe target.deallocate()
  }

  func run() {
    // Safe: source and target have `count` bytes each.
    unsafe source.withPixels { _ = unsafe memcpy(target, $0, count) }
  }
}
