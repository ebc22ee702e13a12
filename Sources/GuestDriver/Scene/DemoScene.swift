internal import Display
public import VirtioGPU

/// Embedded guest that draws a scene to show what the device can do.
///
/// Two outputs of different size; a ball that moves in a part of the frame, so that only this part is transferred and
/// flushed; the same frame in all eight pixel formats, one after the other; a cursor with soft edges; and a resize in
/// the middle, which the device asks for and the guest follows. Everything is a function of the frame's number.
public final class DemoScene {
  /// How many steps the scene has. Each flushes the first output once, the second every fourth time.
  public static let steps = 120
  /// The outputs that the scene expects the device to have at its start.
  public static let outputs = [
    Output(size: Size(width: 640, height: 480)),
    Output(size: Size(width: 320, height: 240), position: Point(x: 640, y: 0)),
  ]
  /// The step at which the first output should get ``resizedOutput``, which the guest finds out by itself.
  public static let resizeStep = 60
  /// What the first output becomes.
  public static let resizedOutput = Output(size: Size(width: 800, height: 500))

  /// How long each frame is held before the next format.
  private static let stepsPerFormat = 15

  private let driver: GPUDriver
  private var stage: Stage?
  private var meter: Meter?
  private let cursor: Framebuffer
  private var size: Size
  private let meterSize: Size

  /// Prepares the scene: asks for the outputs and draws the cursor, which is hidden at first.
  public init(_ driver: GPUDriver) throws {
    self.driver = driver
    let outputs = try driver.displayInfo()
    try Self.requireRoom(outputs)
    size = outputs[0].size
    meterSize = outputs[1].size
    cursor = try Framebuffer(driver, size: CursorArt.size, format: .b8g8r8a8)
    CursorArt.draw(on: cursor.surface)
  }

  /// Draws step `number`, from 0.
  public func step(_ number: Int) throws {
    if try driver.takeEvents() & 1 != 0 {
      let outputs = try driver.displayInfo()
      try Self.requireRoom(outputs)
      size = outputs[0].size
      try replaceStage(number)
    } else if number % Self.stepsPerFormat == 0 {
      try replaceStage(number)
    } else {
      try stage?.draw(number)
    }
    if number == 0 {
      try driver.showCursor(cursor, on: 0, at: CursorArt.corner(number, in: size), hotSpot: CursorArt.hotSpot)
    } else {
      try driver.moveCursor(on: 0, to: CursorArt.corner(number, in: size))
    }
    if meter == nil { meter = try Meter(driver, size: meterSize) }
    if number % 4 == 0 { try meter?.draw(number) }
  }

  /// The scene's shapes are laid out for at least this much.
  private static func requireRoom(_ outputs: [Output]) throws(DriverError) {
    guard outputs.count > 1, outputs[0].size.width >= 320, outputs[0].size.height >= 320,
      outputs[1].size.width >= 200, outputs[1].size.height >= 150
    else { throw .outputsTooSmall }
  }

  /// A new frame in the format of this step, shown before the old one goes: outputs never turn dark in between.
  private func replaceStage(_ number: Int) throws {
    let format = PixelFormat.allCases[number / Self.stepsPerFormat % PixelFormat.allCases.count]
    let old = stage
    stage = try Stage(driver, size: size, format: format, number)
    try old?.unref()
  }
}
