import Display
import FuzzSupport
import GuestDriver
import VirtioGPU

/// What must work whatever came before.
extension ScriptedGuest {
  func prove() {
    if choices.isEmpty { settle() }
    require(device.usage == device.recountUsage(), "\(device.usage) is not the sum of \(device.recountUsage())")
    expect("a reset") { try device.reset() }
    judgeReset()
    expect("the next guest", serveNext)
    expect("a reset") { try device.reset() }
    judgeReset()
  }

  /// Requires that nothing is left after a reset, also once the front end and the renderer have completed what came before.
  func judgeReset() {
    drawing?.renderer.failure = nil
    while let region, region.hasWaitingCalls { region.complete(true) }
    drawing?.late?.carryOut()
    device.rendererProgressed()
    holder.release()
    expect("the end of a hold") { try device.display.serve() }
    require(sink.shown.isEmpty, "a reset left scanouts on")
    require(device.deadline == nil && !device.isRendering, "a reset left something to wait for")
    require(hasLostRenderer || drawing?.renderer.isEmpty != false, "a reset left something with the renderer")
    require(region?.isEmpty != false, "a reset left blobs with the front end")
    require(device.usage == Usage(), "after a reset, the guest uses \(device.usage)")
  }

  private func serveNext() throws {
    drawing?.late?.carriesOutAtOnce = true
    holder.isHolding = false
    let ram = try GuestRAM(count: 1 << 20)
    let link = InProcessLink(device, ram: ram)
    link.onWait = { [clock] in clock.advance(to: $0) }
    let driver = try GPUDriver(link, ram: ram)
    require(try driver.displayInfo().count == Device.maximumScanouts, "scanouts are missing")
    // Whatever there was is gone: all the memory that one guest may have is free.
    let side = UInt32(Double(Self.quota.resourceBytes / 4).squareRoot())
    let whole = ResourceCreate2D(resourceID: 77, format: 2, width: side, height: side)
    try driver.send(whole)
    require(
      try driver.send(request: whole.request()).type == ResponseType.invalidResourceID.rawValue, "an id was made twice")
    let more = ResourceCreate2D(resourceID: 78, format: 2, width: 1, height: 1)
    require(try driver.send(request: more.request()).type == ResponseType.outOfMemory.rawValue, "memory has no limit")
    try driver.send(ResourceUnref(resourceID: 77))
    let frame = try Framebuffer(driver, size: Size(width: 8, height: 8), format: .b8g8r8x8, run: 100)
    try frame.show(on: 1)
    let (damages, ticks) = (sink.damageCount, sink.tickCount)
    try frame.flush()
    if let tick = device.deadline { clock.advance(to: tick) }
    try device.advance()
    require(sink.damageCount == damages + 1 && sink.tickCount == ticks + 1, "a flush was not shown once")
    try driver.showCursor(frame, on: 1, at: .zero, hotSpot: .zero)
    try frame.unref()
    require(sink.shown.isEmpty, "a scanout shows a resource that is gone")
  }
}
