import VirglRendering
import VirtioGPU

/// The example of `VirglRendering`.
private func startRenderer() throws {
  // page VirglRendering
  let renderer = try RendererThread(VirglOptions(), timeLimit: .seconds(30)) { line in print(line) }
  renderer.onLost = { sentence in print(sentence) }
  renderer.perform(.createContext(1, capset: 2, name: "guest")) { result in print(result) }
  // In an event loop, when `events` is readable:
  renderer.deliver()
  // end
}
