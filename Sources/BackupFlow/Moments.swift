import Machine
import RepositoryFormat

extension NodeTime {
  /// Now, in this machine's zone.
  static func now() -> NodeTime { NodeTime(currentFileTime()) }

  /// The same moment in this machine's zone.
  init(_ time: FileTime) {
    self.init(
      seconds: time.seconds,
      nanoseconds: time.nanoseconds,
      utcOffset: LocalTimeOffsets().offset(at: time.seconds)
    )
  }
}

extension Duration {
  /// Whole nanoseconds.
  var nanoseconds: UInt64 {
    UInt64(max(0, components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000))
  }

  /// In milliseconds, as snapshots store it.
  var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}
