/// What the two ends of a connection agree on beside the device's features (`VHOST_USER_PROTOCOL_F_…`).
public struct ProtocolFeatures: OptionSet, Sendable {
  /// The bits as they are sent.
  public let rawValue: UInt64

  /// Takes bits as they came.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The front end asks for the number of queues (`MQ`).
  public static let multipleQueues = ProtocolFeatures(rawValue: 1 << 0)
  /// The front end may ask for a reply to a message that has none (`REPLY_ACK`).
  public static let replyAck = ProtocolFeatures(rawValue: 1 << 3)
  /// The back end may send requests, over a channel of their own (`BACKEND_REQ`).
  public static let backEndRequests = ProtocolFeatures(rawValue: 1 << 5)
  /// The configuration space is read and written by messages (`CONFIG`).
  public static let configuration = ProtocolFeatures(rawValue: 1 << 9)
  /// Descriptors may come along with requests of the back end (`BACKEND_SEND_FD`).
  public static let backEndDescriptors = ProtocolFeatures(rawValue: 1 << 10)
  /// The device can be reset (`RESET_DEVICE`).
  public static let resetDevice = ProtocolFeatures(rawValue: 1 << 13)
  /// Memory regions come and go one by one (`CONFIGURE_MEM_SLOTS`).
  public static let memorySlots = ProtocolFeatures(rawValue: 1 << 15)
  /// The device's status is passed on (`STATUS`).
  public static let status = ProtocolFeatures(rawValue: 1 << 16)

  /// The device has shared memory regions, and shows files there (`SHMEM_MAP`).
  ///
  /// The bit is that of QEMU 11.1; drafts had it at 20 and 21, which mean other things by now.
  public static let sharedMemory = ProtocolFeatures(rawValue: 1 << 22)

  /// What ``Server`` does beside what is supported for every device when the device has shared memory regions.
  public static let sharedMemorySupport: ProtocolFeatures = [.backEndDescriptors, .sharedMemory]

  /// What ``Server`` does. No dirty-page log (so no live migration), no in-band notifications.
  public static let supported: ProtocolFeatures = [
    .multipleQueues, .replyAck, .backEndRequests, .configuration, .resetDevice, .memorySlots, .status,
  ]
}
