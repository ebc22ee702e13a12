internal import Display
internal import FoundationEssentials
internal import Frames
internal import LinuxIO
internal import Text

/// The log of a dump: its manifest, a summary made when it was read for the first time, and an index of positions in
/// it.
final class DumpLog: Sendable {
  /// The longest manifest that is read: thousands of times what one needs.
  private static let longestManifest = 1 << 20

  let folder: Directory
  let manifest: Manifest
  let summary: RecordingSummary
  /// Some positions in the log, in ascending order.
  private let index: [DumpCursor.Place]
  /// True when every frame that the log names is there.
  let hasAllFrames: Bool

  /// Reads all of the log once. `maximumPlaces`: the size of the index, which is most of the log's memory.
  init(_ folder: Directory, maximumPlaces: Int = 128) throws(RecordingError) {
    let manifest = try Self.readManifest(folder)
    var notes = DumpNotes(manifest)
    var index = PlaceIndex(most: maximumPlaces)
    let unread = DumpLog(folder, manifest)
    var cursor: DumpCursor
    do throws(SystemError) {
      cursor = try DumpCursor(unread, notes: notes)
    } catch {
      notes.add(unreadableLog: error)
      cursor = DumpCursor(withoutLog: unread, notes: notes)
    }
    while let event = try cursor.nextNoting() { index.offer(cursor.place, after: event) }
    notes = cursor.notes ?? notes
    notes.complete(manifest)
    guard notes.summary.frameCount > 0 else {
      throw .noFrames(path: folder.path, notes.summary.problems.first ?? "it is a frame dump without frames")
    }
    self.folder = folder
    self.manifest = manifest
    summary = notes.summary
    hasAllFrames = notes.summary.lostFrames.isEmpty
    self.index = index.places
  }

  /// A log that was not read yet.
  private init(_ folder: Directory, _ manifest: Manifest) {
    self.folder = folder
    self.manifest = manifest
    summary = RecordingSummary()
    index = []
    hasAllFrames = false
  }

  /// How many places the index has.
  var placeCount: Int { index.count }

  /// The last known place before a frame.
  func place(beforeFrame number: Int, of scanout: ScanoutID) -> DumpCursor.Place {
    // The numbers of a scanout's frames grow along the log.
    var (low, high) = (0, index.count)
    while low < high {
      let middle = (low + high) / 2
      if index[middle].scanouts[scanout]?.latest?.number ?? 0 < number { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? index[low - 1] : DumpCursor.Place()
  }

  private static func readManifest(_ folder: Directory) throws(RecordingError) -> Manifest {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try folder.open(DumpLayout.manifest).read(longestManifest + 1, at: 0)
    } catch {
      throw .unreadable(path: folder.path.path(to: DumpLayout.manifest), error)
    }
    guard bytes.count <= longestManifest else {
      throw .tooMuch(path: folder.path.path(to: DumpLayout.manifest), limit: "\(longestManifest) bytes")
    }
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)) else {
      throw .badManifest(path: folder.path, "it is damaged, or another program's")
    }
    guard manifest.format == Manifest.knownFormat, Manifest.knownVersions.contains(manifest.version) else {
      throw .badManifest(
        path: folder.path,
        "it says “\(String(manifest.format.prefix(40)).printable)”, version \(manifest.version); "
          + "“\(Manifest.knownFormat)”, version 1 to \(Manifest.latestVersion), can be read")
    }
    return manifest
  }
}

extension DumpCursor {
  /// The next event, counted in the notes.
  fileprivate mutating func nextNoting() throws(RecordingError) -> RecordedEvent? {
    let event = try next()
    if let event { count(event) }
    return event
  }
}

/// Sparse index of log positions. When it is full, every second one is dropped and the interval doubles.
private struct PlaceIndex {
  private let most: Int
  private(set) var places: [DumpCursor.Place] = []
  /// The events between two places.
  private var interval = 64

  init(most: Int) {
    self.most = max(2, most)
  }

  mutating func offer(_ place: DumpCursor.Place?, after event: RecordedEvent) {
    guard let place, place.position >= (places.last?.position ?? 0) + interval else { return }
    places.append(place)
    guard places.count > most else { return }
    places = places.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    interval *= 2
  }
}
