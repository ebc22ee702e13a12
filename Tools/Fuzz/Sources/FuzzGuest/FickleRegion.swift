import FuzzSupport
import LinuxIO
import VirtioGPU

/// A host-visible region whose front end answers as it likes, and which holds the device to what it promises.
package final class FickleRegion: HostVisibleRegion {
  /// When and how the front end answers.
  package enum Habit: CaseIterable {
    case obeys, refuses, obeysLater
  }

  package let count: UInt64
  package var habit = Habit.obeys
  /// What is mapped, as far as anybody can know.
  private var places: [Place] = []
  private var lastNumber = 0
  private var unanswered: [(place: Int?, completion: (Bool) -> Void)] = []

  private struct Place {
    let number: Int
    let range: Range<UInt64>
  }

  package init(count: UInt64) {
    self.count = count
  }

  package var isEmpty: Bool { places.isEmpty }
  package var owesAnswers: Bool { !unanswered.isEmpty }

  package func map(_ file: Descriptor, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    let range = judge(count, at: offset)
    require(!places.contains { $0.range.overlaps(range) }, "\(range) is mapped twice")
    let size = expect("a look at a blob's file") { try file.status().size }
    require(size + 4096 > count, "\(count) bytes are mapped of a file of \(size)")
    lastNumber += 1
    places.append(Place(number: lastNumber, range: range))
    take(lastNumber, completion)
  }

  package func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    let range = judge(count, at: offset)
    require(places.contains { $0.range == range }, "\(range) is unmapped, and was not mapped")
    places.removeAll { $0.range == range }
    take(nil, completion)
  }

  /// Answers the oldest call that waits.
  package func answer(_ isDone: Bool) {
    guard !unanswered.isEmpty else { return }
    let (place, completion) = unanswered.removeFirst()
    finish(place, isDone, completion)
  }

  private func judge(_ count: UInt64, at offset: UInt64) -> Range<UInt64> {
    let (end, wraps) = offset.addingReportingOverflow(count)
    require(!wraps && end <= self.count && count > 0, "\(count) bytes at \(offset) are not in the region")
    require(count % 4096 == 0 && offset % 4096 == 0, "\(count) bytes at \(offset) are no pages")
    return offset..<end
  }

  private func take(_ place: Int?, _ completion: @escaping (Bool) -> Void) {
    switch habit {
    case .obeys: finish(place, true, completion)
    case .refuses: finish(place, false, completion)
    case .obeysLater: unanswered.append((place, completion))
    }
  }

  private func finish(_ place: Int?, _ isDone: Bool, _ completion: (Bool) -> Void) {
    if let place, !isDone { places.removeAll { $0.number == place } }
    completion(isDone)
  }
}
