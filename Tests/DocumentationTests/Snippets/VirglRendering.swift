import Display
import VirglRendering
import VirtioGPU

/// The example of `VirglRendering`.
private func read(into surface: Surface) throws {
  // page VirglRendering
  let renderer = try VirglRenderer { line in print(line) }
  try renderer.createContext(1, capset: 2, name: "guest")
  try renderer.create(ResourceCreate3D(resourceID: 5, format: 2, bind: 2, width: 640, height: 480))
  try renderer.read(Rectangle(surface.size), of: 5, into: surface)
  // end
}
