/// The messages that a back end sends over the channel the front end gave it, by their number.
///
/// The numbers have nothing to do with those of ``FrontEndRequest``. Each has a shape, as they have.
package enum BackEndRequest: UInt32, CaseIterable, Sendable {
  case configChangeMsg = 2
  case shmemMap = 9
  case shmemUnmap = 10

  /// How many bytes of payload it has.
  var payloadSize: Int {
    switch self {
    case .configChangeMsg: 0
    case .shmemMap, .shmemUnmap: MMapRequest.size
    }
  }

  /// How many descriptors come with it.
  var descriptorCount: Int { self == .shmemMap ? 1 : 0 }
}
