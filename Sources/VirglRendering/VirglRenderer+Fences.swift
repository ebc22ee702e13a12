internal import CVirgl
public import VirtioGPU

extension VirglRenderer {
  public func mark(_ fence: RendererFence) throws(RendererError) {
    let virgl = try library.calls()
    switch fence.timeline {
    case .global:
      // These fences belong to no context.
      try check(virgl.create_fence(Int32(bitPattern: globalTimeline.next), 0), "make a fence")
      globalTimeline.mark(fence.number)
    case .ring(let id, let index):
      guard try requireContext(id).isVenus || index == 0 else {
        throw RendererError(.invalid, "invalid ring \(index) of context \(id): contexts of OpenGL have ring 0 only")
      }
      // No flag: the library reports each fence, and merges none.
      try check(
        virgl.context_create_fence(id, 0, UInt32(index), fence.number),
        "make a fence on ring \(index) of context \(id)")
    }
  }

  public func takeReached() -> [RendererFence] {
    guard let virgl = try? library.calls() else { return [] }
    // In 0.10.4 one call reports the fences of all contexts of both kinds.
    virgl.poll()
    return library.takeReached().compactMap { reached in
      switch reached {
      case .global(let id):
        globalTimeline.reach(id).map { RendererFence(timeline: .global, number: $0) }
      case .ring(let context, let index, let number):
        UInt8(exactly: index).map { RendererFence(timeline: .ring(context: context, index: $0), number: number) }
      }
    }
  }
}
