internal import VirtioGPU

extension BlockingRenderer {
  /// Carries a command out.
  func perform(_ command: RendererCommand) throws(RendererError) -> RendererResponse {
    switch command {
    case .createContext(let id, let capset, let name): try createContext(id, capset: capset, name: name)
    case .destroyContext(let id): destroyContext(id)
    case .attachResource(let resource, let context): try attach(resource, to: context)
    case .detachResource(let resource, let context): detach(resource, from: context)
    case .createResource(let resource): try create(resource)
    case .createBlob(let blob): try create(blob)
    case .destroyResource(let resource): destroy(resource)
    case .setBacking(let ranges, let resource): try setBacking(ranges, of: resource)
    case .transfer(let fields, let direction, let context): try transfer(fields, direction, in: context)
    case .submit(let commands, let context): try submit(commands, in: context)
    case .createFence(let fence): try mark(fence)
    case .read(let rectangle, let resource, let surface): try read(rectangle, of: resource, into: surface)
    case .shareBlob(let blob): return .file(try share(blob))
    case .reset: reset()
    }
    return .done
  }
}

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
