import Foundation
import Frames
import ScanoutTesting
import Testing

extension TemporaryFolder {
  /// A path in it.
  func callAsFunction(_ name: String) -> String { path(name) }

  /// Every file below `name`, with its bytes.
  func files(in name: String) throws -> [String: Data] {
    try filesOfFolder(self(name))
  }
}

/// Every file below a folder, with its bytes, by its path from there.
func filesOfFolder(_ path: String) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
    let type = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.type]
    guard type as? FileAttributeType != .typeDirectory else { continue }
    files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
  }
  return files
}

/// Expects the same names and bytes, and says which file differs, from which byte on.
func expectSameFiles(_ first: [String: Data], _ second: [String: Data]) {
  #expect(first.keys.sorted() == second.keys.sorted())
  for (name, bytes) in first {
    guard let others = second[name], others != bytes else { continue }
    let place = zip(bytes, others).prefix { $0 == $1 }.count
    Issue.record(
      "\(name): \(bytes.count) and \(others.count) bytes, other ones from \(place) on: \(bytes.base64EncodedString()) \(others.base64EncodedString())"
    )
  }
}

extension RecordingReader {
  /// Every frame, in the order in which they were shown.
  var frames: [RecordedFrame] {
    var frames: [RecordedFrame] = []
    do {
      try forEachFrame { frames.append($0) }
    } catch {
      Issue.record(error)
    }
    return frames
  }

  /// Every event, in their order.
  var events: [RecordedEvent] {
    var events: [RecordedEvent] = []
    do {
      var cursor = try makeCursor()
      while let event = try cursor.next() { events.append(event) }
    } catch {
      Issue.record(error)
    }
    return events
  }
}
