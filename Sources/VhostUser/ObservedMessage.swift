/// Message of a connection that somebody looks at: sent or received by a ``FrontEnd``.
package struct ObservedMessage: Sendable {
  /// True: it went to the back end.
  package let isSent: Bool
  /// Name of the request, or of the request that it replies to.
  package let name: String
  /// Flags of its header.
  package let flags: UInt32
  package let payload: [UInt8]
  /// How many descriptors went along.
  package let descriptorCount: Int
  /// True for a request of the back end, over the channel of its own.
  package let isOfBackEnd: Bool

  init(_ message: FrontEndMessage, flags: MessageHeader.Flags) {
    isSent = true
    name = Self.name(message.request)
    self.flags = flags.rawValue
    payload = message.payload
    descriptorCount = message.descriptors.count
    isOfBackEnd = false
  }

  init(_ message: Message, isSent: Bool) {
    self.isSent = isSent
    let number = message.header.request
    name = FrontEndRequest(rawValue: number).map(Self.name) ?? "request \(number)"
    flags = message.header.flags.rawValue
    payload = message.payload
    descriptorCount = message.descriptors.count
    isOfBackEnd = false
  }

  init(ofBackEnd message: Message) {
    isSent = false
    let number = message.header.request
    name = BackEndRequest(rawValue: number).map { Self.spelled("\($0)") } ?? "request \(number)"
    flags = message.header.flags.rawValue
    payload = message.payload
    descriptorCount = message.descriptors.count
    isOfBackEnd = true
  }

  /// Name of a request in a trace.
  package static func name(_ request: FrontEndRequest) -> String { spelled("\(request)") }

  /// The specification's spelling of a case's name: `setVringNum` is SET_VRING_NUM.
  private static func spelled(_ name: String) -> String {
    var result = ""
    var wasLower = false
    for character in name {
      if character.isUppercase, wasLower { result.append("_") }
      wasLower = character.isLowercase
      result += character.uppercased()
    }
    return result
  }
}
