import FuzzSupport
import GuestDriver
import LinuxIO
import VirtioGPU
import Virtqueue

/// Checks that the next front end works after any input, from its first request to its guest's first response.
extension ScriptedFrontEnd {
  func prove() throws {
    reluctant.obey()
    try connect()
    let memory = try GuestRAM(count: 64 << 10)
    let ring = try DriverQueue(size: 4, ram: memory)
    let (kick, call) = (try EventCounter(), try EventCounter())
    // Each message asks to be told whether it was granted.
    let steps = [
      number(Number.setProtocolFeatures, 0x1_a229), number(Number.setFeatures, 0x1_4000_0002), memoryTable(memory),
      ringState(Number.setVringNum, 0, 4), ringState(Number.setVringBase, 0, 0), (address(ring, 0), []),
      number(Number.setVringCall, 0, [call.descriptor]), number(Number.setVringKick, 0, [kick.descriptor]),
      ringState(Number.setVringEnable, 0, 1),
    ]
    for (bytes, descriptors) in steps {
      var asking = bytes
      asking[4] |= 8
      try peer.send(asking, descriptors: descriptors)
      try pump()
      let reply = try peer.receive(4096).bytes
      require(
        reply == Self.encode(UInt32(bytes[0]), flags: 5, Array(repeating: 0, count: 8)), "\(bytes) gave \(reply)")
    }
    let place = try memory.allocate(1024)
    let command = GetDisplayInfo().request(fenceID: 7)
    try memory.memory.write(command, at: place)
    _ = call.drain()
    let head = ring.submit(
      readable: [DriverQueue.Buffer(address: place, length: UInt32(command.count))],
      writable: [DriverQueue.Buffer(address: place + 512, length: 408)])
    kick.signal()
    try pump()
    require(call.drain(), "the next guest was not called")
    let used = ring.collect()
    require(used != nil && used?.head == head && used?.written == 408, "the next guest got \(String(describing: used))")
    require(
      try memory.memory.read(at: place + 512, count: 2) == [1, 0x11], "the next guest got no display information")
    try connect()
    server.stop()
    require(unheard == 0, "requests to a front end that is gone are still awaited")
    require(sink.shown.isEmpty, "scanouts are on without a guest")
  }
}
