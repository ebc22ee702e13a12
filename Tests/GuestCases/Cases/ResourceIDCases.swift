internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// Ids of resources, which all kinds of them share.
extension GuestCase {
  /// What has an id.
  private enum ResourceKind: String, CaseIterable {
    case resource2D = "a 2D resource"
    case texture = "a texture"
    case guestBlob = "a blob of the guest"
    case hostBlob = "a blob of the host"

    /// What makes one.
    func request(_ id: UInt32) -> [UInt8] {
      switch self {
      case .resource2D: ResourceCreate2D(resourceID: id, format: 1, width: 8, height: 8).request()
      case .texture: ResourceCreate3D(resourceID: id, format: 1, bind: 2, width: 8, height: 8).request()
      case .guestBlob: ResourceCreateBlob(resourceID: id, memory: .guest, size: 4096).request()
      case .hostBlob: ResourceCreateBlob(resourceID: id, memory: .host3D, blobID: 3, size: 4096).request(context: 1)
      }
    }
  }

  static let resourceIDCases: [GuestCase] = ResourceKind.allCases.flatMap { first in
    ResourceKind.allCases.map { second in
      GuestCase("\(second.rawValue) with the id of \(first.rawValue) is refused", nil, on: .rendering) { guest in
        try guest.setContext()
        try expect(guest.send(request: first.request(9)).code, .okNoData, "the response to the first")
        let (before, held) = (try guest.usage(), try guest.renderer { $0.resources })
        try expect(guest.send(request: second.request(9)).code, .invalidResourceID, "the response to the second")
        try expect(guest.usage(), before, "what the device holds")
        try expect(guest.renderer { $0.resources }, held, "what the renderer holds")
        try guest.send(ResourceUnref(resourceID: 9))
        try expect(guest.send(request: second.request(9)).code, .okNoData, "the response once the id is free")
      }
    }
  }
}
