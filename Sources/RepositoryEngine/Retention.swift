package import RepositoryFormat

/// Which snapshots are worth keeping.
package struct RetentionPolicy: Hashable, Sendable {
  /// How many of the newest periods.
  package enum Count: Hashable, Sendable {
    case number(Int)
    case unlimited
  }

  package var counts: [RetentionPeriod: Count] = [:]
  /// Everything that is at most so much older than the newest.
  package var within = RetentionSpan()
  /// One of each period that is at most so much older than the newest; not for `last`.
  package var withinPeriods: [RetentionPeriod: RetentionSpan] = [:]
  /// Everything that has all tags of one of these lists; an empty tag means one without tags.
  package var tags: [[String]] = []

  package init() {}

  /// Whether it keeps nothing.
  package var isEmpty: Bool {
    tags.isEmpty && within.isZero && withinPeriods.values.allSatisfy(\.isZero)
      && counts.values.allSatisfy { $0 == .number(0) }
  }
}

/// What a policy says of the snapshots of one group.
package struct Retention: Hashable, Sendable {
  package struct Kept: Hashable, Sendable {
    package var snapshot: StoredSnapshot
    /// In restic's words, such as `daily snapshot`.
    package var reasons: [String]
  }

  /// The newest first.
  package private(set) var kept: [Kept] = []
  /// The newest first.
  package private(set) var removed: [StoredSnapshot] = []

  /// Applies `policy`.
  ///
  /// Source: restic's `internal/data/snapshot_policy.go`.
  ///
  /// - Parameters:
  ///   - policy: What to keep.
  ///   - snapshots: Of one group, in any order.
  ///   - now: Snapshots from the future are not the newest.
  ///   - localOffset: What the clock of this machine is ahead of UTC at a moment.
  package init(
    _ policy: RetentionPolicy,
    of snapshots: [StoredSnapshot],
    now: NodeTime,
    localOffset: (Int64) -> Int32
  ) {
    let snapshots = snapshots.sorted { $1.file.time.precedes($0.file.time) }
    let newest = snapshots.first { $0.file.time.precedes(now) }?.file.time ?? Self.beginning
    func start(_ span: RetentionSpan) -> NodeTime { newest.before(span, localOffset: localOffset) }
    var buckets = policy.counts.map { Bucket(period: $0, count: $1) }
    buckets += policy.withinPeriods.filter { !$1.isZero }
      .map { Bucket(period: $0, span: $1, start: start($1)) }
    buckets.sort { $0.rank < $1.rank }
    for (position, snapshot) in snapshots.enumerated() {
      let time = snapshot.file.time
      var reasons = policy.tags.filter { snapshot.file.hasAll($0) }
        .map { "has tags [\($0.joined(separator: ", "))]" }
      if !policy.within.isZero, start(policy.within).precedes(time) {
        reasons.append("within \(policy.within.text)")
      }
      let isOldest = position == snapshots.count - 1
      for index in buckets.indices {
        if let reason = buckets[index].take(time, at: position, isOldest: isOldest) {
          reasons.append(reason)
        }
      }
      if reasons.isEmpty {
        removed.append(snapshot)
      } else {
        kept.append(Kept(snapshot: snapshot, reasons: reasons))
      }
    }
  }

  /// What Go takes for no time.
  private static let beginning = NodeTime(seconds: -62_135_596_800, nanoseconds: 0)
}

/// Counts the periods of one kind.
private struct Bucket {
  let period: RetentionPeriod
  /// How many more are kept; nil for all.
  private var left: Int?
  private let span: RetentionSpan?
  private let start: NodeTime?
  private var last: Int?

  init(period: RetentionPeriod, count: RetentionPolicy.Count) {
    self.period = period
    if case .number(let number) = count { left = number }
    span = nil
    start = nil
  }

  init(period: RetentionPeriod, span: RetentionSpan, start: NodeTime) {
    self.period = period
    self.span = span
    self.start = start
  }

  /// In which order reasons are given: numbers before spans, short periods before long ones.
  var rank: Int {
    (RetentionPeriod.allCases.firstIndex(of: period) ?? 0) + (span == nil ? 0 : 10)
  }

  /// Why the snapshot is kept; nil when it isn't for this.
  ///
  /// The oldest of all is kept too when there are still some to keep: that makes the history as
  /// long as it can be.
  mutating func take(_ time: NodeTime, at position: Int, isOldest: Bool) -> String? {
    if left == 0 { return nil }
    if let start, !start.precedes(time) { return nil }
    let number = period.number(of: time, at: position)
    let isNew = number != last
    guard isNew || isOldest else { return nil }
    last = number
    left = left.map { $0 - 1 }
    let name = span.map { "\(period.rawValue) within \($0.text)" } ?? "\(period.rawValue) snapshot"
    return isNew ? name : "oldest \(name)"
  }
}

extension SnapshotFile {
  /// Whether it has all these tags; an empty one means that there are none.
  fileprivate func hasAll(_ wanted: [String]) -> Bool {
    for tag in wanted {
      if tag.isEmpty, tags.isEmpty { return true }
      if !tags.contains(tag) { return false }
    }
    return true
  }
}

extension NodeTime {
  fileprivate func precedes(_ other: NodeTime) -> Bool {
    (seconds, nanoseconds) < (other.seconds, other.nanoseconds)
  }
}
