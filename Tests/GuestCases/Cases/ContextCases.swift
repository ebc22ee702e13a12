internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// CTX_CREATE, CTX_DESTROY, CTX_ATTACH_RESOURCE, CTX_DETACH_RESOURCE.
extension GuestCase {
  static let contextCases: [GuestCase] =
    [
      GuestCase("CTX_CREATE makes a context of the set that is asked for", .contextCreate, on: .rendering) { guest in
        for (context, capset, made) in [
          (UInt32(1), UInt32(1), UInt32(1)), (2, 2, 2), (.max, 0, 2), (4, 0xff00, 2), (5, 0x0101, 1),
        ] {
          try guest.send(ContextCreate(capset: capset), context: context)
          try expect(guest.renderer { $0.contexts[context] }, made, "the set of context \(context)")
        }
      },
      GuestCase(
        "CTX_CREATE without CONTEXT_INIT takes the newer virgl, whatever its field says", .contextCreate,
        on: .rendering.asking([.virgl])
      ) { guest in
        try guest.send(ContextCreate(capset: 77), context: 1)
        try expect(guest.renderer { $0.contexts[1] }, 2, "the set")
      },
      GuestCase("CTX_CREATE takes any name", .contextCreate, on: .rendering) { guest in
        var command = ContextCreate()
        command.nameCount = .max
        command.name = [UInt8](repeating: 0xff, count: 64)
        try guest.send(command, context: 1)
      },
      .mistake("CTX_CREATE of context 0", ContextCreate(), .invalidContextID, on: .rendering),
      .mistake("CTX_CREATE of a context that exists", ContextCreate(), in: 1, .invalidContextID, on: .rendering),
      .mistake("CTX_CREATE of set 3 of 2", ContextCreate(capset: 3), in: 9, .invalidParameter, on: .rendering),
      .mistake("CTX_CREATE of set 255", ContextCreate(capset: 255), in: 9, .invalidParameter, on: .rendering),
      GuestCase("CTX_DESTROY ends what may be drawn, and frees the id", .contextDestroy, on: .rendering) { guest in
        try guest.setContext()
        try guest.send(ContextDestroy(), context: 1)
        try expect(guest.submit3D(.fill(resource: 5, .black)), .invalidContextID, "what draws in it")
        try guest.send(ContextCreate(), context: 1)
        try expect(
          guest.submit3D(.fill(resource: 5, .black)), .invalidParameter, "what draws into what it does not use")
      },
      .mistake("CTX_DESTROY of context 0", ContextDestroy(), .invalidContextID, on: .rendering),
      .mistake("CTX_DESTROY of an unknown context", ContextDestroy(), in: 7, .invalidContextID, on: .rendering),
      .mistake("CTX_DESTROY of context 2^32-1", ContextDestroy(), in: .max, .invalidContextID, on: .rendering),
      GuestCase("CTX_ATTACH_RESOURCE lets a context draw, any number of times", .contextAttachResource, on: .rendering)
      {
        guest in
        try guest.setContext()
        try expect(guest.submit3D(.fill(resource: 6, .black)), .invalidParameter, "drawing before")
        for _ in 0..<3 { try guest.send(ContextAttachResource(resourceID: 6), context: 1) }
        try expect(guest.submit3D(.fill(resource: 6, .black)), .okNoData, "drawing afterwards")
        try guest.send(ContextDetachResource(resourceID: 6), context: 1)
        try expect(guest.code(ContextDetachResource(resourceID: 6), context: 1), .invalidResourceID, "detaching again")
      },
      GuestCase("CTX_ATTACH_RESOURCE takes 2D resources and guest blobs", .contextAttachResource, on: .rendering) {
        guest in
        try guest.setContext()
        try guest.makeBlob(8, .guest)
        try guest.send(ResourceCreate2D(resourceID: 9, format: 1, width: 8, height: 8))
        for id in [UInt32(8), 9] {
          try guest.send(ContextAttachResource(resourceID: id), context: 1)
          try guest.send(ContextDetachResource(resourceID: id), context: 1)
          try guest.send(ContextAttachResource(resourceID: id), context: 1)
        }
      },
      GuestCase(
        "a resource may be used by two contexts, and the end of one leaves the other", .contextAttachResource,
        on: .rendering
      ) {
        guest in
        try guest.setContext()
        try guest.send(ContextCreate(), context: 2)
        try guest.send(ContextAttachResource(resourceID: 5), context: 2)
        try guest.send(ContextDestroy(), context: 1)
        try expect(guest.submit3D(.fill(resource: 5, .black), in: 2), .okNoData, "drawing in the other")
      },
      GuestCase("CTX_DETACH_RESOURCE ends what a context may draw into", .contextDetachResource, on: .rendering) {
        guest in
        try guest.setContext()
        try guest.send(ContextDetachResource(resourceID: 5), context: 1)
        try expect(guest.submit3D(.fill(resource: 5, .black)), .invalidParameter, "the response")
      },
      .mistake(
        "CTX_ATTACH_RESOURCE to context 0", ContextAttachResource(resourceID: 5), .invalidContextID, on: .rendering),
      .mistake(
        "CTX_ATTACH_RESOURCE to an unknown context", ContextAttachResource(resourceID: 5), in: 7, .invalidContextID,
        on: .rendering),
      .mistake(
        "CTX_ATTACH_RESOURCE of an unknown resource", ContextAttachResource(resourceID: 77), in: 1, .invalidResourceID,
        on: .rendering),
      .mistake(
        "CTX_ATTACH_RESOURCE of resource 0", ContextAttachResource(resourceID: 0), in: 1, .invalidResourceID,
        on: .rendering),
      .mistake(
        "CTX_DETACH_RESOURCE from context 0", ContextDetachResource(resourceID: 5), .invalidContextID, on: .rendering),
      .mistake(
        "CTX_DETACH_RESOURCE from an unknown context", ContextDetachResource(resourceID: 5), in: 7, .invalidContextID,
        on: .rendering),
      .mistake(
        "CTX_DETACH_RESOURCE of an unknown resource", ContextDetachResource(resourceID: 77), in: 1, .invalidResourceID,
        on: .rendering),
      .mistake(
        "CTX_DETACH_RESOURCE of one that is not attached", ContextDetachResource(resourceID: 6), in: 1,
        .invalidResourceID, on: .rendering),
    ]
}
