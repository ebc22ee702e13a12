import Display
import FuzzSupport
import GuestDriver
import LinuxIO
import Logging
import VhostUser
import Serving
import VirtioGPU
import Virtqueue
import Wire

/// A front end, with a guest behind it, that does what a fuzzer decides, to a real device on this thread.
final class ScriptedFrontEnd {
  private static let maximumSteps = 200
  private static let maximumConnections = 8

  var choices: Choices
  let loop: EventLoop
  let sink: ContractSink
  private let device: Device
  let reluctant: ReluctantDevice
  let server: Server
  var peer: UnixSocket
  private var connections = 0
  /// Bytes of replies that are not checked yet.
  private var replies: [UInt8] = []

  let ram: GuestRAM
  let rings: [DriverQueue]
  let buffers: UInt64
  /// Descriptors that the peer keeps the other end of.
  var kicks: [EventCounter] = []
  /// By queue, what its last set-up has for a kick.
  var kick: [EventCounter?] = [nil, nil]
  var others: [Descriptor] = []
  /// Ours of the last channel for requests of the back end.
  var channel: UnixSocket?
  /// How many requests to the front end have not heard what became of them.
  var unheard = 0

  init(_ choices: Choices) throws {
    self.choices = choices
    loop = try EventLoop()
    sink = ContractSink(scanouts: 2, cursorSide: 64)
    var limits = Quota()
    limits.resourceBytes = 64 << 10
    limits.resources = 8
    limits.memoryEntries = 64
    limits.requestBytes = 4 << 10
    limits.cursorSide = 64
    device = Device(
      outputs: [Output(size: Size(width: 32, height: 24)), Output(size: Size(width: 16, height: 16))], quota: limits,
      sink: sink, clock: { .zero })
    let runner = try DeviceRunner(device, loop: loop, log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }) {
      error in
      violated("the device stopped: \(error)")
    }
    device.hostVisibleCapacity = 64 << 10
    reluctant = ReluctantDevice(device)
    server = Server(device: reluctant, loop: loop) { _ in }
    runner.observe(server)
    ram = try GuestRAM(count: 256 << 10)
    let features = VirtqueueFeatures(indirectDescriptors: true, eventIndex: true)
    rings = try (0..<2).map { [ram] _ in try DriverQueue(size: 16, ram: ram, features: features) }
    buffers = try ram.allocate(64 << 10)
    peer = try UnixSocket.makePair().0
    device.onConfigurationChange = { [unowned self] in server.configurationChanged() }
    try connect()
  }

  /// Connects a new front end; the previous one hangs up.
  func connect() throws {
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    peer = ours
    replies = []
    try pump()
    require(!server.isServing, "a front end that left is still served")
    // With so little room, replies that nobody reads soon find none.
    if choices.oneIn(4) { limitSending(theirs.descriptor) }
    try server.serve(theirs)
  }

  func run() throws {
    for _ in 0..<Self.maximumSteps where !choices.isEmpty { try step() }
  }

  private func step() throws {
    switch choices.below(21) {
    case 0..<5: try send(message(), with: descriptors())
    case 5: try send(choices.run(atMost: 200), with: descriptors())
    case 6, 7: try setUp()
    case 8, 9: try request()
    case 10: tamper()
    case 11: readReplies()
    case 12: try pump(rounds: 1)
    case 13:
      connections += 1
      guard connections <= Self.maximumConnections else { return choices = Choices([]) }
      try connect()
    case 14:
      device.setOutput(
        Output(size: Size(width: choices.word(), height: choices.word())), of: choices.below(2))
    case 15: try openChannel()
    case 16: ask()
    case 17: replyOverChannel()
    case 18: reluctant.accepts = !choices.oneIn(3)
    case 19:
      reluctant.completesLater = choices.oneIn(2)
      if !choices.oneIn(3) { reluctant.completeNext() }
    default:
      // The peer drops what it kept: nobody can kick, nobody listens.
      if choices.oneIn(2) { (kicks, kick) = ([], [nil, nil]) } else { (others, channel) = ([], nil) }
      if choices.oneIn(4) { try ram.file.truncate(to: UInt64(choices.word())) }
    }
    if !choices.oneIn(4) { try pump() }
  }

  /// Serves until nothing is left to serve.
  func pump(rounds: Int = 12) throws {
    for _ in 0..<rounds { try loop.runOnce(timeoutMilliseconds: 0) }
  }

  /// Sends bytes, cut anywhere, with the descriptors beside any of the pieces.
  func send(_ bytes: [UInt8], with descriptors: [Descriptor]) throws {
    let cut = choices.oneIn(4) ? choices.below(bytes.count + 1) : 0
    let isLate = cut > 0 && choices.oneIn(2)
    for (index, piece) in [bytes[..<cut], bytes[cut...]].enumerated() where !piece.isEmpty {
      let attached = (index == 0) == (cut > 0 && !isLate) ? descriptors : []
      do throws(SystemError) {
        _ = try peer.sendSome(Array(piece), descriptors: attached)
      } catch {
        // The server hung up; it must serve the next one.
        require(error.isDisconnection, "\(error)")
        return try connect()
      }
      if index == 0, cut > 0 { try pump(rounds: 1) }
    }
  }

  /// Reads the replies of the server and checks each whole message; a cut one is completed later.
  func readReplies() {
    guard let received = try? peer.receive(1 << 16) else { return }
    require(received.descriptors.isEmpty, "a descriptor came with a reply")
    replies += received.bytes
    while true {
      var reader = ByteReader(replies)
      guard let request = try? reader.u32(), let flags = try? reader.u32(), let size = try? reader.u32() else { return }
      require(flags == 5, "a reply to request \(request) has the flags \(flags)")
      require(size <= 2056, "a reply to request \(request) has \(size) bytes")
      guard (try? reader.skip(Int(size))) != nil else { return }
      replies.removeFirst(reader.offset)
    }
  }
}
