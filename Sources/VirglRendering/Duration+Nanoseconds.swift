extension UInt64 {
  /// These nanoseconds as a part of a sentence: "10 s", "0.5 s".
  var seconds: String {
    isMultiple(of: 1_000_000_000) ? "\(self / 1_000_000_000) s" : "\(Double(self) / 1e9) s"
  }
}

extension Duration {
  /// Whole nanoseconds; 0 for a negative duration.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    // 146 years, so that a time can be added.
    return isTooLong ? .max / 4 : min(.max / 4, whole + UInt64(attoseconds) / 1_000_000_000)
  }
}
