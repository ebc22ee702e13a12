import Display
import DisplaySocket
import LinuxIO
import VhostUser
import VirtioGPU

/// The examples of `DisplaySocket`.
private func send(to socket: Descriptor, from source: DisplaySource) throws {
  // page DisplaySocket
  var options = DisplaySocketSink.Options()
  options.onEnd = { print($0) }
  try source.add(DisplaySocketSink(socket, options: options), named: "display socket", policy: .optional)
  // end
}

private func receive(from socket: Descriptor, into source: DisplaySource, _ outputs: [Output], _ loop: EventLoop) throws
{
  // page DisplaySocket
  let receiver = try DisplaySocketSource(socket, into: source, outputs: outputs, on: loop)
  source.onRequest = { [weak receiver] in receiver?.send($0, of: $1) }
  source.onRelease = { [weak receiver] in try? receiver?.resume() }
  // end
}

private func attachDisplay(to frontEnd: FrontEnd) throws {
  // page DisplaySocket
  let (ours, theirs) = try UnixSocket.makePair()
  let display = try DisplayFrontEnd(ours, outputs: [Output(size: Size(width: 1920, height: 1080))])
  try frontEnd.attachDisplay(theirs.descriptor)
  // … the guest draws …
  print(display.traffic.pixelBytes)
  // end
}
