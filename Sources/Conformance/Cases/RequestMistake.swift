internal import Display
public import VirtioGPU
internal import Virtqueue

/// Request that a device refuses.
///
/// There are two resources of 64 × 48 pixels when it is sent. Resource 1 has a backing, and scanout 0 shows it; resource 2 has
/// no backing.
///
/// The cases of this module and the tests of the device share these.
public struct RequestMistake: Sendable {
  /// What is wrong, in words.
  public let title: String
  /// The command.
  public let type: CommandType
  /// The whole request.
  public let request: [UInt8]
  /// The code that this project's device responds with.
  public let code: ResponseType
  /// True when peers and drivers agree on the code; otherwise any error is right.
  public let isCodeAgreed: Bool
  /// Features that the command needs.
  public let features: DeviceFeatures

  init(
    _ title: String, _ command: some Command, payload: [UInt8] = [], _ code: ResponseType, isCodeAgreed: Bool = true,
    needs features: DeviceFeatures = []
  ) {
    self.title = title
    type = Swift.type(of: command).type
    request = command.request() + payload
    self.code = code
    self.isCodeAgreed = isCodeAgreed
    self.features = features
  }

  /// All of them.
  public static let all = edid + createResource2D + unref + setScanout + flush + transfer + backing + blob

  /// GET_EDID.
  public static let edid = [
    RequestMistake(
      "GET_EDID of scanout 16", GetEDID(scanout: 16), .invalidParameter, isCodeAgreed: false, needs: .edid),
    RequestMistake(
      "GET_EDID of scanout 2^32-1", GetEDID(scanout: .max), .invalidParameter, isCodeAgreed: false, needs: .edid),
  ]

  /// RESOURCE_CREATE_2D.
  public static let createResource2D: [RequestMistake] = {
    func create(_ id: UInt32, format: UInt32 = 1, width: UInt32 = 8, height: UInt32 = 8) -> ResourceCreate2D {
      ResourceCreate2D(resourceID: id, format: format, width: width, height: height)
    }
    return [
      RequestMistake("a 2D resource with id 0", create(0), .invalidResourceID),
      RequestMistake("a 2D resource with an id that exists", create(1), .invalidResourceID),
      RequestMistake("a 2D resource of format 0", create(9, format: 0), .invalidParameter),
      RequestMistake("a 2D resource of format 5", create(9, format: 5), .invalidParameter),
      RequestMistake("a 2D resource of format 135", create(9, format: 135), .invalidParameter),
      RequestMistake("a 2D resource of format 2^32-1", create(9, format: .max), .invalidParameter),
      RequestMistake("a 2D resource without width", create(9, width: 0), .invalidParameter, isCodeAgreed: false),
      RequestMistake("a 2D resource without height", create(9, height: 0), .invalidParameter, isCodeAgreed: false),
      RequestMistake(
        "a 2D resource of 32769 by 32768, which wraps 2^32", create(9, width: 32769, height: 32768), .outOfMemory,
        isCodeAgreed: false),
      RequestMistake(
        "a 2D resource 2^31 wide", create(9, width: 1 << 31, height: 1), .outOfMemory, isCodeAgreed: false),
      RequestMistake(
        "a 2D resource of 2^30+1 by 16, which wraps 2^32 to 64", create(9, width: 0x4000_0001, height: 16),
        .outOfMemory, isCodeAgreed: false),
      RequestMistake(
        "a 2D resource of 2^32-1 squared, which wraps 2^64", create(9, width: .max, height: .max), .outOfMemory,
        isCodeAgreed: false),
      RequestMistake(
        "a 2D resource of 2^31 squared, whose bytes wrap 2^64", create(9, width: 1 << 31, height: 1 << 31),
        .outOfMemory, isCodeAgreed: false),
    ]
  }()

  /// RESOURCE_UNREF.
  public static let unref = [
    RequestMistake("RESOURCE_UNREF of 0", ResourceUnref(resourceID: 0), .invalidResourceID),
    RequestMistake("RESOURCE_UNREF of an unknown id", ResourceUnref(resourceID: 77), .invalidResourceID),
    RequestMistake("RESOURCE_UNREF of 2^32-1", ResourceUnref(resourceID: .max), .invalidResourceID),
  ]

  /// SET_SCANOUT.
  public static let setScanout: [RequestMistake] = {
    func show(
      scanout: UInt32, _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48
    ) -> SetScanout {
      SetScanout(rectangle: Rectangle(x: x, y: y, width: width, height: height), scanout: scanout, resourceID: id)
    }
    return [
      RequestMistake("SET_SCANOUT on scanout 16", show(scanout: 16, 1), .invalidScanoutID),
      RequestMistake("SET_SCANOUT on scanout 2^32-1", show(scanout: .max, 1), .invalidScanoutID),
      RequestMistake("SET_SCANOUT of an unknown resource", show(scanout: 0, 9), .invalidResourceID),
      RequestMistake("SET_SCANOUT of resource 2^32-1", show(scanout: 0, .max), .invalidResourceID),
      RequestMistake("SET_SCANOUT of nothing", show(scanout: 0, 1, width: 0), .invalidParameter, isCodeAgreed: false),
      RequestMistake("SET_SCANOUT of no row", show(scanout: 0, 1, height: 0), .invalidParameter, isCodeAgreed: false),
      RequestMistake("SET_SCANOUT one pixel outside the resource", show(scanout: 0, 1, x: 1), .invalidParameter),
      RequestMistake("SET_SCANOUT one row outside the resource", show(scanout: 0, 1, y: 1), .invalidParameter),
      RequestMistake("SET_SCANOUT whose right edge wraps", show(scanout: 0, 1, x: .max, width: 2), .invalidParameter),
      RequestMistake("SET_SCANOUT whose lower edge wraps", show(scanout: 0, 1, y: .max, height: 2), .invalidParameter),
      RequestMistake("SET_SCANOUT 2^31 wide", show(scanout: 0, 1, width: 1 << 31), .invalidParameter),
    ]
  }()

  /// RESOURCE_FLUSH.
  public static let flush: [RequestMistake] = {
    func flush(
      _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48
    ) -> ResourceFlush {
      ResourceFlush(rectangle: Rectangle(x: x, y: y, width: width, height: height), resourceID: id)
    }
    return [
      RequestMistake("RESOURCE_FLUSH of an unknown resource", flush(9), .invalidResourceID),
      RequestMistake("RESOURCE_FLUSH of resource 0", flush(0), .invalidResourceID),
      RequestMistake("RESOURCE_FLUSH one row outside the resource", flush(1, y: 1), .invalidParameter),
      RequestMistake("RESOURCE_FLUSH whose right edge wraps", flush(1, x: .max), .invalidParameter),
      RequestMistake("RESOURCE_FLUSH whose lower edge wraps", flush(1, y: .max), .invalidParameter),
      RequestMistake("RESOURCE_FLUSH of 2^32-1 squared", flush(1, width: .max, height: .max), .invalidParameter),
    ]
  }()

  /// TRANSFER_TO_HOST_2D.
  public static let transfer: [RequestMistake] = {
    func transfer(
      _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48, offset: UInt64 = 0
    ) -> TransferToHost2D {
      TransferToHost2D(
        rectangle: Rectangle(x: x, y: y, width: width, height: height), offset: offset, resourceID: id)
    }
    return [
      RequestMistake("TRANSFER_TO_HOST_2D to an unknown id", transfer(9), .invalidResourceID),
      RequestMistake("TRANSFER_TO_HOST_2D to id 0", transfer(0), .invalidResourceID),
      RequestMistake("TRANSFER_TO_HOST_2D to one without backing", transfer(2), .unspecified, isCodeAgreed: false),
      RequestMistake("TRANSFER_TO_HOST_2D one pixel too wide", transfer(1, width: 65), .invalidParameter),
      RequestMistake("TRANSFER_TO_HOST_2D whose right edge wraps", transfer(1, x: .max, width: 2), .invalidParameter),
      RequestMistake("TRANSFER_TO_HOST_2D whose lower edge wraps", transfer(1, y: .max, height: 2), .invalidParameter),
      RequestMistake("TRANSFER_TO_HOST_2D of 2^32-1 rows", transfer(1, height: .max), .invalidParameter),
      RequestMistake(
        "TRANSFER_TO_HOST_2D from one byte too far", transfer(1, offset: 1), .invalidParameter, isCodeAgreed: false),
      RequestMistake(
        "TRANSFER_TO_HOST_2D from 2^33", transfer(1, offset: 1 << 33), .invalidParameter, isCodeAgreed: false),
      RequestMistake(
        "TRANSFER_TO_HOST_2D from 2^64-1", transfer(1, offset: .max), .invalidParameter, isCodeAgreed: false),
    ]
  }()

  /// RESOURCE_ATTACH_BACKING and RESOURCE_DETACH_BACKING.
  public static let backing: [RequestMistake] = {
    func attach(_ id: UInt32, _ count: UInt32) -> ResourceAttachBacking {
      ResourceAttachBacking(resourceID: id, entryCount: count)
    }
    let some = entries([(0x4000_0000, 16)])
    return [
      RequestMistake("a backing of an unknown resource", attach(9, 1), payload: some, .invalidResourceID),
      RequestMistake("a backing of resource 0", attach(0, 1), payload: some, .invalidResourceID),
      RequestMistake("a second backing", attach(1, 1), payload: some, .unspecified, isCodeAgreed: false),
      RequestMistake("a backing of no entry", attach(2, 0), .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing of more entries than came", attach(2, 2), payload: some, .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing of 16384 entries of which none came", attach(2, 16384), .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing of 16385 entries of which none came", attach(2, 16385), .unspecified, isCodeAgreed: false),
      RequestMistake("a backing of 2^32-1 entries", attach(2, .max), payload: some, .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing of 2^28+1 entries, whose length wraps 2^32", attach(2, 0x1000_0001), payload: some, .unspecified,
        isCodeAgreed: false),
      RequestMistake(
        "a backing at address 0", attach(2, 1), payload: entries([(0, 16)]), .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing that ends beyond memory", attach(2, 1), payload: entries([(0x4000_0000, .max)]), .unspecified,
        isCodeAgreed: false),
      RequestMistake(
        "a backing around 2^64", attach(2, 1), payload: entries([(.max - 7, 16)]), .unspecified, isCodeAgreed: false),
      RequestMistake(
        "a backing half outside guest memory", attach(2, 2), payload: entries([(0x4000_0000, 16), (0, 16)]),
        .unspecified, isCodeAgreed: false),
      RequestMistake(
        "RESOURCE_DETACH_BACKING of an unknown resource", ResourceDetachBacking(resourceID: 9), .invalidResourceID),
      RequestMistake("RESOURCE_DETACH_BACKING of resource 0", ResourceDetachBacking(resourceID: 0), .invalidResourceID),
      RequestMistake(
        "RESOURCE_DETACH_BACKING of one without", ResourceDetachBacking(resourceID: 2), .unspecified,
        isCodeAgreed: false),
    ]
  }()

  /// RESOURCE_CREATE_BLOB.
  public static let blob: [RequestMistake] = {
    func blob(_ id: UInt32, memory: UInt32 = 1, entries: UInt32 = 0, size: UInt64 = 4096) -> ResourceCreateBlob {
      var command = ResourceCreateBlob(resourceID: id, memory: .guest, entryCount: entries, size: size)
      command.memory = memory
      return command
    }
    let page = entries([(0x4000_0000, 4096)])
    return [
      RequestMistake("a blob with id 0", blob(0), .invalidResourceID, needs: .resourceBlob),
      RequestMistake("a blob with the id of a 2D resource", blob(1), .invalidResourceID, needs: .resourceBlob),
      RequestMistake(
        "a blob of memory 0", blob(9, memory: 0), .invalidParameter, isCodeAgreed: false, needs: .resourceBlob),
      RequestMistake(
        "a blob of memory 255", blob(9, memory: 255), .invalidParameter, isCodeAgreed: false, needs: .resourceBlob),
      RequestMistake(
        "a blob without bytes", blob(9, size: 0), .invalidParameter, isCodeAgreed: false, needs: .resourceBlob),
      RequestMistake(
        "a blob larger than its entries", blob(9, entries: 1, size: 8192), payload: page, .invalidParameter,
        isCodeAgreed: false, needs: .resourceBlob),
      RequestMistake(
        "a blob of more entries than came", blob(9, entries: 2), payload: page, .unspecified, isCodeAgreed: false,
        needs: .resourceBlob),
      RequestMistake(
        "a blob of 2^32-1 entries", blob(9, entries: .max), payload: page, .unspecified, isCodeAgreed: false,
        needs: .resourceBlob),
      RequestMistake(
        "a blob with an entry outside guest memory", blob(9, entries: 1), payload: entries([(0, 4096)]), .unspecified,
        isCodeAgreed: false, needs: .resourceBlob),
    ]
  }()

  /// Name of its case.
  var name: String {
    var words: [String] = []
    var word = ""
    for character in title.lowercased().replacing("2^", with: "2-to-the-") {
      if character.isASCII, character.isLetter || character.isNumber {
        word.append(character)
      } else if !word.isEmpty {
        words.append(word)
        word = ""
      }
    }
    if !word.isEmpty { words.append(word) }
    if words.first == "a" { words.removeFirst() }
    return words.joined(separator: "-")
  }
}
