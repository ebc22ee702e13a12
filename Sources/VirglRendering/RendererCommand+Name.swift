internal import VirtioGPU

extension RendererCommand {
  /// The command of the guest that it is for, as a part of a sentence.
  var name: StaticString {
    switch self {
    case .createContext: "CTX_CREATE"
    case .destroyContext: "CTX_DESTROY"
    case .attachResource: "CTX_ATTACH_RESOURCE"
    case .detachResource: "CTX_DETACH_RESOURCE"
    case .createResource: "RESOURCE_CREATE_3D"
    case .createBlob: "RESOURCE_CREATE_BLOB"
    case .destroyResource: "RESOURCE_UNREF"
    case .setBacking(.some, _): "RESOURCE_ATTACH_BACKING"
    case .setBacking(nil, _): "RESOURCE_DETACH_BACKING"
    case .transfer(_, .toHost, _): "TRANSFER_TO_HOST_3D"
    case .transfer(_, .fromHost, _): "TRANSFER_FROM_HOST_3D"
    case .submit: "SUBMIT_3D"
    case .createFence: "a fence"
    case .read: "a read of pixels"
    case .shareBlob: "RESOURCE_MAP_BLOB"
    case .reset: "a reset"
    }
  }
}
