import FuzzSupport
import LinuxIO
import VirtioGPU

/// A host-visible region whose front end responds as the fuzzer likes, and which checks the calls of the device.
package final class FickleRegion: HostVisibleRegion {
  /// When and how the front end responds.
  package enum Habit: CaseIterable {
    case obeys, refuses, obeysLater
  }

  package let count: UInt64
  package var habit = Habit.obeys
  /// Ranges that may be mapped.
  private var places: [FickleMapping] = []
  private var lastNumber = 0
  private var waiting: [(change: MappingChange, completion: (Bool) -> Void)] = []

  private struct FickleMapping {
    let number: Int
    let range: Range<UInt64>
    var state = State.stays
  }

  /// A place that the front end did not give up may be given up again, or forgotten with its blob.
  private enum State {
    case stays, leaves, isKept
  }

  private enum MappingChange {
    case comes(Int), goes(Int)
  }

  package init(count: UInt64) {
    self.count = count
  }

  package var isEmpty: Bool { places.allSatisfy { $0.state == .isKept } }
  package var hasWaitingCalls: Bool { !waiting.isEmpty }

  package func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    let range = judge(count, at: offset)
    require(!places.contains { $0.state == .stays && $0.range.overlaps(range) }, "\(range) is mapped twice")
    let size = expect("a look at a blob's file") { try file.status().size }
    require(
      start % 4096 == 0 && start <= size && size - start + 4096 > count,
      "\(count) bytes from \(start) are mapped of a file of \(size)")
    lastNumber += 1
    places.append(FickleMapping(number: lastNumber, range: range))
    take(.comes(lastNumber), completion)
  }

  package func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    let range = judge(count, at: offset)
    guard
      let index = places.firstIndex(where: { $0.range == range && $0.state == .stays })
        ?? places.firstIndex(where: { $0.range == range && $0.state == .isKept })
    else { violated("\(range) is unmapped, and was not mapped") }
    places[index].state = .leaves
    take(.goes(places[index].number), completion)
  }

  /// Completes the oldest call that waits.
  package func complete(_ isDone: Bool) {
    guard !waiting.isEmpty else { return }
    let (change, completion) = waiting.removeFirst()
    finish(change, isDone, completion)
  }

  private func judge(_ count: UInt64, at offset: UInt64) -> Range<UInt64> {
    let (end, wraps) = offset.addingReportingOverflow(count)
    require(!wraps && end <= self.count && count > 0, "\(count) bytes at \(offset) are not in the region")
    require(count % 4096 == 0 && offset % 4096 == 0, "\(count) bytes at \(offset) are no pages")
    return offset..<end
  }

  private func take(_ change: MappingChange, _ completion: @escaping (Bool) -> Void) {
    switch habit {
    case .obeys: finish(change, true, completion)
    case .refuses: finish(change, false, completion)
    case .obeysLater: waiting.append((change, completion))
    }
  }

  private func finish(_ change: MappingChange, _ isDone: Bool, _ completion: (Bool) -> Void) {
    switch (change, isDone) {
    case (.comes(let number), false), (.goes(let number), true): places.removeAll { $0.number == number }
    case (.goes(let number), false):
      for index in places.indices where places[index].number == number { places[index].state = .isKept }
    case (.comes, true): break
    }
    completion(isDone)
  }
}
