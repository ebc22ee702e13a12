import Display
import FuzzSupport
import GuestDriver
import VirtioGPU

/// What must work whatever came before.
extension ScriptedGuest {
  func prove() {
    expect("a reset") { try device.reset() }
    require(sink.shown.isEmpty, "a reset left scanouts on")
    expect("the next guest") {
      let ram = try GuestRAM(count: 1 << 20)
      let driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
      require(try driver.displayInfo().count == Device.mostScanouts, "scanouts are missing")
      // Whatever there was is gone: all the memory that one guest may have is free.
      let side = UInt32(Double(Self.limits.resourceBytes / 4).squareRoot())
      let whole = ResourceCreate2D(resourceID: 77, format: 2, width: side, height: side)
      try driver.send(whole)
      require(
        try driver.exchange(whole.request()).type == ResponseType.invalidResourceID.rawValue, "an id was made twice")
      let more = ResourceCreate2D(resourceID: 78, format: 2, width: 1, height: 1)
      require(try driver.exchange(more.request()).type == ResponseType.outOfMemory.rawValue, "memory has no limit")
      try driver.send(ResourceUnref(resourceID: 77))
      let picture = try Framebuffer(driver, size: Size(width: 8, height: 8), format: .b8g8r8x8, run: 100)
      try picture.show(on: 1)
      let (damages, ticks) = (sink.damageCount, sink.tickCount)
      try picture.flush()
      require(sink.damageCount == damages + 1 && sink.tickCount == ticks + 1, "a flush was not shown once")
      try driver.showCursor(picture, on: 1, at: .zero, hotSpot: .zero)
      try picture.unref()
      require(sink.shown.isEmpty, "a scanout shows a resource that is gone")
    }
  }
}
