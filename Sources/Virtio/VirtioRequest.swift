public import Virtqueue

/// A request of the guest's driver, to be completed once.
///
/// The device may keep it: a command whose fence is reached later is completed later. Requests are completed in any order,
/// on the transport's thread.
public struct VirtioRequest {
  /// What the driver wrote, and where the response goes.
  public let chain: DescriptorChain
  /// The index of its queue.
  public var queue: Int { service.index }

  private let service: QueueService
  private let generation: UInt64

  init(chain: DescriptorChain, service: QueueService) {
    self.chain = chain
    self.service = service
    generation = service.generation
  }

  /// Gives the request back to the driver, with `written` bytes of response in its buffers.
  ///
  /// The driver is notified once of everything that was completed during a turn, at its end, and at once of what is
  /// completed outside a turn. When the queue was stopped or the device was reset since, nothing happens.
  public func complete(written: UInt32) {
    receipt.complete(written: written)
  }

  /// What is needed to complete the request. It does not keep the request's memory mapped.
  public var receipt: Receipt { Receipt(service: service, head: chain.head, generation: generation) }

  /// The right to complete a request.
  public struct Receipt {
    fileprivate let service: QueueService
    fileprivate let head: UInt16
    fileprivate let generation: UInt64

    /// Gives the request back, as ``VirtioRequest/complete(written:)`` does.
    public func complete(written: UInt32) {
      service.complete(head, written: written, generation: generation)
    }
  }
}
