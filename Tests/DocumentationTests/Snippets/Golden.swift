import Frames
import Foundation
import Golden
import PNG

/// The example of `Golden`.
private func judge(_ frames: [RecordedFrame]) throws {
  // page Golden
  let judge = GoldenJudge(try GoldenSet(folder: "Goldens"), results: try ResultFolder("results"))
  for frame in frames {
    let path = "frames/\(frame.file)"
    try judge.judge(
      CandidateFrame(FrameName(file: frame.file), hash: frame.hash, path: path) { try PNGFile(path: path) })
  }
  let judgement = try judge.finish()
  judgement.summary(source: "frames").forEach { print($0) }
  exit(judgement.verdict.exitCode)
  // end
}
