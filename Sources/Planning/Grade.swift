/// How consistent a path in a backup is, the lowest first.
///
/// Source: ARCHITECTURE.md, "Grades".
package enum Grade: String, Comparable, CaseIterable, Sendable {
  /// Changed while it was read and never settled, or nothing could be proven.
  case none
  /// Each file as of one instant; files may differ.
  case file
  /// Each volume as of its own instant.
  case volume
  /// All paths as of one instant.
  case instant
  /// An instant at which the applications were at a clean point.
  case application

  package static func < (left: Grade, right: Grade) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
