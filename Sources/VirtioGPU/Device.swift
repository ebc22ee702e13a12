public import Display
public import Virtqueue

/// A virtio-gpu device, 2D part: takes requests, keeps resources and scanouts, emits display events.
///
/// It knows nothing of sockets, windows or files: a transport hands it requests, and a `DisplaySink` takes what it
/// shows. All calls come from one thread. A guest's mistake is an error code in the answer; the only error that is
/// thrown is the sink's, for then the host cannot go on.
public final class Device {
  /// The most outputs that the specification allows (`VIRTIO_GPU_MAX_SCANOUTS`).
  public static let mostScanouts = 16

  /// Called when the configuration space changed and the driver should be told.
  public var onConfigurationChange: () -> Void = {}
  /// Hears, in a sentence, of each request that was refused. For a log at debug level: guests can make many.
  public var onRefusal: (String) -> Void = { _ in }

  let sink: any DisplaySink
  let clock: () -> DisplayTime
  let limits: Limits
  var memory = GuestMemory.none
  var features: DeviceFeatures = []
  var scanouts: [Scanout]
  var resources: [UInt32: Resource] = [:]
  var resourceBytes: UInt64 = 0
  /// The ``Backing/weight`` of all backings together.
  var backingPieces = 0
  var displayNews = DisplayNews()

  /// A device with these outputs, 1 to 16 of them (more are left out), whose events go to `sink`, stamped by `clock`.
  public init(
    outputs: [Output], limits: Limits = Limits(), sink: any DisplaySink, clock: @escaping () -> DisplayTime
  ) {
    let outputs = outputs.isEmpty ? [Output(size: Size(width: 1280, height: 800))] : outputs
    scanouts = outputs.prefix(Self.mostScanouts).map { Scanout(output: $0) }
    self.limits = limits
    self.sink = sink
    self.clock = clock
  }

  /// Takes the feature bits that the driver acknowledged. Bits that are not ours are ignored.
  public func acknowledge(features bits: UInt64) {
    features = DeviceFeatures(rawValue: bits).intersection(.edid)
  }

  /// The guest's memory is laid out like this from now on. Backings are looked up again; one that is no longer all
  /// memory is of no use until it is: front ends take regions away and add them again, one by one.
  public func memoryChanged(_ memory: GuestMemory) {
    self.memory = memory
    for resource in resources.values {
      guard let old = resource.backing else { continue }
      set(nil, behind: resource)
      do {
        set(try Backing(old.entries, in: memory, heaviest: limits.backingPieces - backingPieces), behind: resource)
      } catch {
        set(Backing(lost: old.entries), behind: resource)
        onRefusal("resource \(resource.id) lost its backing to a new memory table: \(error.reason)")
      }
    }
  }

  /// Back to the state after power-on, in whatever state it is: outputs off, resources and pending events gone. The
  /// arrangement of the outputs stays.
  public func reset() throws {
    for index in scanouts.indices {
      try hideCursor(index)
      try disable(index)
      scanouts[index].ticks = 0
    }
    resources = [:]
    resourceBytes = 0
    backingPieces = 0
    features = []
    displayNews = DisplayNews()
  }

  /// Executes a request of the control queue and writes the answer into its buffers; returns how many bytes that were.
  public func handleControl(_ chain: DescriptorChain) throws -> UInt32 {
    // A request that is not in memory gets the answer that one without a header gets.
    let answer = try executeControl(request(of: chain) ?? [])
    do {
      return try chain.write(answer)
    } catch {
      onRefusal("an answer found no room: \(error)")
      return 0
    }
  }

  /// Executes a request of the cursor queue. It has no answer: the Linux driver supplies no room for one.
  public func handleCursor(_ chain: DescriptorChain) throws {
    try executeCursor(request(of: chain) ?? [])
  }

  private func request(of chain: DescriptorChain) -> [UInt8]? {
    do {
      return try chain.read(limit: limits.requestBytes)
    } catch {
      onRefusal("a request is not in memory: \(error)")
      return nil
    }
  }

  func emit(_ event: DisplayEvent, on scanout: Int) throws {
    try sink.receive(event, on: scanout, at: clock())
  }
}
