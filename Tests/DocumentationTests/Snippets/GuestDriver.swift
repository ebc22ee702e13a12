import Display
import GuestDriver
import VhostUser

/// The example of `GuestDriver`.
private func draw() throws {
  // page GuestDriver
  let ram = try GuestRAM(count: 64 << 20)
  let driver = try GPUDriver(VhostUserLink(.connect(to: "gpu.sock"), ram: ram), ram: ram)
  let frame = try Framebuffer(driver, size: Size(width: 640, height: 480), format: .b8g8r8x8)
  frame.surface.fill(Rectangle(frame.surface.size), with: .black)
  try frame.show(on: 0)
  try frame.flush()
  // end
}
