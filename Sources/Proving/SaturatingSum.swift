extension UInt64 {
  /// The sum, or the most there is: sizes are what the snapshot says.
  func saturatingSum(_ other: UInt64) -> UInt64 {
    let (sum, isTooMuch) = addingReportingOverflow(other)
    return isTooMuch ? .max : sum
  }
}
