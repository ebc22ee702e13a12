public import Virtqueue

/// A request of the guest's driver on its way through the device.
///
/// It may be kept: commands whose fence retires later are completed later, in any order, on the same thread.
public struct VirtioRequest {
  /// What the driver wrote, and where the answer goes.
  public let chain: DescriptorChain
  /// The index of the queue it came from.
  public let queue: Int

  private let ring: Ring
  private let generation: UInt64

  init(chain: DescriptorChain, ring: Ring) {
    self.chain = chain
    self.ring = ring
    queue = ring.index
    generation = ring.generation
  }

  /// Gives the request back to the driver, with `written` bytes of answer in its buffers: once.
  ///
  /// The driver hears of all that was completed during one ``VirtioDevice/process(_:)`` round at the end of the round, and
  /// of what is completed outside it at once. After the ring was stopped or the device reset, nothing happens: the guest
  /// has forgotten the request.
  public func complete(written: UInt32) {
    receipt.complete(written: written)
  }

  /// The right to give it back, without the memory that it came in, which would stay mapped as long as it is kept.
  public var receipt: Receipt { Receipt(ring: ring, head: chain.head, generation: generation) }

  /// What is left of a request while its answer is awaited.
  public struct Receipt {
    fileprivate let ring: Ring
    fileprivate let head: UInt16
    fileprivate let generation: UInt64

    /// Gives the request back, as ``VirtioRequest/complete(written:)`` does.
    public func complete(written: UInt32) {
      ring.complete(head, written: written, generation: generation)
    }
  }
}
