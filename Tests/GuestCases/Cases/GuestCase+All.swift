extension GuestCase {
  /// Every case, by what it is about.
  public static let all: [GuestCase] =
    queryCases + createResource2DCases + longResourceCases + unrefCases + setScanoutCases + flushCases + transferCases
    + backingCases
    + refusedPagesCases + resourceIDCases + uuidCases + createBlobCases + setScanoutBlobCases + contextCases
    + create3DCases
    + transfer3DCases + submitCases
    + mapBlobCases + cursorCases + fenceCases + pacingCases + tickCases + framingCases + typeCases + lifecycleCases
    + quotaCases + sharedMistakeCases
}
