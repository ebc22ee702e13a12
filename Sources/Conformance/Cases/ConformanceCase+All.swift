extension ConformanceCase {
  /// Every case, by its group.
  public static let all: [ConformanceCase] =
    negotiationCases + configurationCases + outputCases + resourceCases + scanoutCases + cursorCases + fenceCases
    + blobCases + queueCases + lifecycleCases + displayCases + mistakeCases + hostileCases
}
