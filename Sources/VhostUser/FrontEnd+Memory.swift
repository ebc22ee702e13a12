extension FrontEnd {
  /// Gives the back end these regions and takes all others back. More than 8 need a back end with memory slots.
  public func share(_ regions: [SharedRegion]) throws(FrontEndError) {
    let first = Array(regions.prefix(MemoryTable.maximumRegionsOfOneMessage))
    try tell(.setMemTable(first))
    memory = first
    for region in regions.dropFirst(first.count) { try addMemory(region) }
  }

  /// How many regions can be shared one by one.
  public func memorySlotCount() throws(FrontEndError) -> Int {
    Int(clamping: try askNumber(.getMaxMemSlots))
  }

  /// Gives the back end one more region.
  public func addMemory(_ region: SharedRegion) throws(FrontEndError) {
    try tell(.addMemReg(region))
    memory.append(region)
  }

  /// Takes a region back.
  public func removeMemory(_ region: MemoryRegion) throws(FrontEndError) {
    try tell(.remMemReg(region))
    memory.removeAll { $0.region.isSlot(region) }
  }

  /// The address by which the back end looks up a guest-physical one in a ring message.
  func userAddress(of guestAddress: UInt64) throws(FrontEndError) -> UInt64 {
    for shared in memory {
      let (offset, isBelow) = guestAddress.subtractingReportingOverflow(shared.region.guestAddress)
      guard !isBelow, offset < shared.region.count else { continue }
      let (address, wraps) = shared.region.userAddress.addingReportingOverflow(offset)
      if !wraps { return address }
    }
    throw .notShared(address: guestAddress)
  }
}
