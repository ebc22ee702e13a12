import Display
import FrameDump
import Frames

/// The example of `FrameDump`.
private func writeReadAndPlay(into window: any DisplaySink) throws {
  // page FrameDump
  // Write what a source shows.
  let sink = try FrameDumpSink(
    path: "frames",
    options: FrameDumpOptions(
      provenance: Provenance(producer: "my tests 1", source: "vhost-user", renderer: "2d")))
  // … the source calls sink.receive(_:on:at:) …
  try sink.finish()

  // Look at it, without decoding anything.
  let recording = try Recording.open("frames")
  try recording.forEachFrame { frame in print(frame.scanout, frame.number, frame.size, frame.hash ?? "") }
  for problem in recording.problems { print("warning: \(problem)") }
  for frame in recording.lostFrames { print("lost: \(frame.file ?? "a frame"): \(frame.reason)") }

  // Play it again, into any sink, at its own pace.
  try ReplaySource(recording).play(into: window, ReplayOptions(rate: .real))
  // end
}
