import Display
import FrameDump
import Glibc
import GuestDriver
import VirtioGPU

/// A full frame: copied from the guest's memory and shown, with one response each.
func benchmarkFrames(_ name: String, _ size: Size, _ ratios: Ratios) throws {
  let served = try BenchmarkedDevice(showing: NoSink(), size: size)
  let driver = try served.connect(memory: UInt64(size.area) * 4 + (16 << 20))
  let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
  frame.surface.fill(Rectangle(size), with: Color(red: 1, green: 2, blue: 3))
  try frame.show(on: 0)
  let plain = PlainCopy(of: frame.surface)
  let (whole, copy) = try Timing.alternating(count: 300) {
    try frame.flush()
  } _: {
    plain.run()
  }
  let flush = try Timing(count: 2000) {
    try driver.send(ResourceFlush(rectangle: Rectangle(size), resourceID: frame.resourceID))
  }
  served.stop()
  let gigabytes = Double(size.area) * 4 / whole.median / 1e9
  ratios.add("\(name): transfer and flush", copy.median / whole.median)
  BenchmarkReport.line(
    "\(name): transfer and flush",
    "\(BenchmarkReport.rounded(1 / whole.median, 0)) frames/s, \(BenchmarkReport.rounded(gigabytes)) GB/s",
    "\(BenchmarkReport.rounded(copy.median / whole.median, 2)) of one memcpy (\(BenchmarkReport.microseconds(copy.median)))"
  )
  BenchmarkReport.line(
    "\(name): flush to response", "median \(BenchmarkReport.microseconds(flush.median))",
    "99th percentile \(BenchmarkReport.microseconds(flush.percentile99))")
}

/// The smallest commands: what a kick, a walk of the ring and a call cost.
func benchmarkCommands(_ ratios: Ratios) throws {
  let size = Size(width: 640, height: 480)
  let served = try BenchmarkedDevice(showing: NoSink(), size: size)
  let driver = try served.connect(memory: 16 << 20)
  let control = try Timing(count: 20_000, warmUp: 1000) { try driver.send(GetDisplayInfo()) }
  let cursor = try Timing(count: 20_000, warmUp: 1000) {
    try driver.moveCursor(on: 0, to: Point(x: 1, y: 1))
  }
  let limit = try MachineLimits.pingPong()
  served.stop()
  for (name, figure) in [("GET_DISPLAY_INFO", control), ("MOVE_CURSOR", cursor)] {
    ratios.add("\(name), kick to response", limit / figure.median)
    BenchmarkReport.line(
      "\(name), kick to response", "\(BenchmarkReport.rounded(1 / figure.median, 0)) commands/s",
      "\(BenchmarkReport.rounded(figure.median / limit, 2)) of an eventfd ping-pong (\(BenchmarkReport.microseconds(limit)))"
    )
  }
}

/// Frames into a folder of PNG files: a window of text-like detail that changes, on a plain background.
func benchmarkDump(_ name: String, _ size: Size, noise: Bool, _ ratios: Ratios) throws {
  let folder = "/tmp/scanout-bench-\(UInt64.random(in: 0 ... .max))"
  let sink = try FrameDumpSink(path: folder)
  let served = try BenchmarkedDevice(showing: sink, size: size)
  let driver = try served.connect(memory: UInt64(size.area) * 4 + (16 << 20))
  let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
  try frame.show(on: 0)
  let plain = PlainCopy(of: frame.surface)
  let copy = Timing(count: 30) { plain.run() }
  var generator = SystemRandomNumberGenerator()
  let strokes: UInt32 = noise ? 20_000 : 400
  for _ in 0..<strokes {
    let (x, y) = (
      UInt32.random(in: 0..<size.width, using: &generator), UInt32.random(in: 0..<size.height, using: &generator)
    )
    let color = Color(red: .random(in: 0...255), green: .random(in: 0...255), blue: .random(in: 0...255))
    frame.surface.fill(Rectangle(x: x, y: y, width: noise ? 6 : 60, height: noise ? 6 : 20), with: color)
  }
  var step: UInt32 = 0
  let count = 60
  let clock = ContinuousClock()
  let duration = try clock.measure {
    for _ in 0..<count {
      step += 7
      frame.surface.fill(
        Rectangle(x: step % size.width, y: step * 3 % size.height, width: 40, height: 40),
        with: Color(red: UInt8(step & 255), green: 90, blue: 200))
      try frame.flush()
    }
    served.stop()
    try sink.finish()
  }
  let seconds = duration / .seconds(1)
  ratios.add("\(name): dump of full frames", copy.median * Double(count) / seconds)
  BenchmarkReport.line("\(name): dump of full frames", "\(BenchmarkReport.rounded(Double(count) / seconds)) frames/s")
  // Safe: the folder's name was made above, and is a plain path.
  _ = unsafe system("rm -rf '\(folder)'")
}

/// Measures everything once.
func benchmarkAll(_ ratios: Ratios) throws {
  try benchmarkFrames("1920x1080", Size(width: 1920, height: 1080), ratios)
  try benchmarkFrames("3840x2160", Size(width: 3840, height: 2160), ratios)
  try benchmarkCommands(ratios)
  try benchmarkRenderer()
  try benchmarkDump("1920x1080, flat", Size(width: 1920, height: 1080), noise: false, ratios)
  try benchmarkDump("1920x1080, detailed", Size(width: 1920, height: 1080), noise: true, ratios)
  try benchmarkDump("3840x2160, flat", Size(width: 3840, height: 2160), noise: false, ratios)
}

// Of all runs so far.
let ratios = Ratios()

// The script checks the arguments: none, --renderer, --check FILE, or --record FILE.
let arguments = CommandLine.arguments.dropFirst()
print("Medians; the limit beside each figure was measured in the same run.")
if arguments.first == "--renderer" {
  try benchmarkRenderer()
} else if let file = arguments.last {
  for run in 1...Ratios.runs {
    print("run \(run) of \(Ratios.runs)")
    try benchmarkAll(ratios)
  }
  if arguments.first == "--record" {
    try ratios.record(in: file)
  } else if try !ratios.check(against: file) {
    exit(1)
  }
} else {
  try benchmarkAll(ratios)
}
