internal import Wire

/// What a command names: commands that share a name keep their order, also when one of them waits for a renderer.
struct CommandFootprint {
  /// One thing that commands name.
  enum Name: Hashable {
    case context(UInt32)
    case resource(UInt32)
    case scanout(UInt32)
  }

  /// The context; nil: none.
  var context: UInt32?
  /// The resource; nil: none.
  var resource: UInt32?
  /// The scanout whose surface the command sets; nil: none.
  var scanout: UInt32?

  /// All names.
  var names: [Name] {
    [context.map { .context($0) }, resource.map { .resource($0) }, scanout.map { .scanout($0) }].compactMap(\.self)
  }

  /// Reads the names from a command, which follows its header; a truncated command names nothing.
  init(_ type: CommandType, _ header: ControlHeader, _ reader: ByteReader) {
    var reader = reader
    guard let named = try? Self.named(type, &reader) else { return }
    (resource, scanout) = (named.resource == 0 ? nil : named.resource, named.scanout)
    if named.usesContext { context = header.contextID }
  }

  /// True when commands of a type only put the renderer to work that has what they name. They change nothing that the
  /// execution of others of these types depends on, so they need not wait for each other's results.
  static func canOverlap(_ type: CommandType) -> Bool {
    switch type {
    case .submit3D, .transferToHost3D, .transferFromHost3D, .transferToHost2D: true
    default: false
    }
  }

  private typealias Named = (resource: UInt32, scanout: UInt32?, usesContext: Bool)

  private static func named(_ type: CommandType, _ reader: inout ByteReader) throws(TruncatedBytes) -> Named {
    switch type {
    case .getDisplayInfo, .getEDID, .getCapsetInfo, .getCapset, .moveCursor: return (0, nil, false)
    case .resourceCreate2D: return (try ResourceCreate2D(&reader).resourceID, nil, false)
    case .resourceUnref: return (try ResourceUnref(&reader).resourceID, nil, false)
    case .resourceFlush: return (try ResourceFlush(&reader).resourceID, nil, false)
    case .transferToHost2D: return (try TransferToHost2D(&reader).resourceID, nil, false)
    case .resourceAttachBacking: return (try ResourceAttachBacking(&reader).resourceID, nil, false)
    case .resourceDetachBacking: return (try ResourceDetachBacking(&reader).resourceID, nil, false)
    case .resourceAssignUUID: return (try ResourceAssignUUID(&reader).resourceID, nil, false)
    case .resourceMapBlob: return (try ResourceMapBlob(&reader).resourceID, nil, false)
    case .resourceUnmapBlob: return (try ResourceUnmapBlob(&reader).resourceID, nil, false)
    case .resourceCreate3D: return (try ResourceCreate3D(&reader).resourceID, nil, false)
    case .updateCursor: return (try UpdateCursor(&reader).fields.resourceID, nil, false)
    case .setScanout:
      let command = try SetScanout(&reader)
      return (command.resourceID, command.scanout, false)
    case .setScanoutBlob:
      let command = try SetScanoutBlob(&reader)
      return (command.resourceID, command.scanout, false)
    case .resourceCreateBlob:
      let command = try ResourceCreateBlob(&reader)
      return (command.resourceID, nil, command.memory != BlobMemory.guest.rawValue)
    case .contextCreate, .contextDestroy, .submit3D: return (0, nil, true)
    case .contextAttachResource: return (try ContextAttachResource(&reader).resourceID, nil, true)
    case .contextDetachResource: return (try ContextDetachResource(&reader).resourceID, nil, true)
    case .transferToHost3D, .transferFromHost3D: return (try Transfer3D(&reader).resourceID, nil, true)
    }
  }
}
