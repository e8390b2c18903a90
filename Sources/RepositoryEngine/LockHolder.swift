package import RepositoryFormat

/// Who holds a lock.
package struct LockHolder: Hashable, Sendable, CustomStringConvertible {
  /// The lock's name.
  package var name: String
  package var lock: LockFile
  /// Whether it can't be in use any more: older than 30 minutes, or its process is gone.
  package var isStale: Bool

  package init(name: String, lock: LockFile, isStale: Bool) {
    self.name = name
    self.lock = lock
    self.isStale = isStale
  }

  package var description: String {
    let manner = lock.exclusive ? "exclusively, " : ""
    let state = isStale ? ", stale" : ""
    return "\(lock.username) on \(lock.hostname), process \(lock.pid) "
      + "(\(manner)since \(formatRFC3339Nano(lock.time))\(state))"
  }
}

/// How a repository is locked.
package enum LockKind: Hashable, Sendable {
  /// Several may hold it; for whoever adds and reads.
  case shared
  /// For one alone; for whoever removes.
  case exclusive
}

/// When locks are looked at, refreshed and given up.
package struct LockTimes: Hashable, Sendable {
  /// Between writing a lock and looking for others that came at the same time, where the storage may
  /// be late to list them.
  package var recheck: Duration = .milliseconds(200)
  package var refresh: Duration = .seconds(5 * 60)
  /// A lock that wasn't refreshed for so long belongs to nobody.
  package var stale: Duration = .seconds(30 * 60)
  /// Without a refresh for so long, the work is stopped before others think us dead:
  /// 30 − 1.5 · 5 minutes, as restic does.
  package var giveUp: Duration = .seconds(22 * 60 + 30)
  package var retryMin: Duration = .seconds(5)
  package var retryMax: Duration = .seconds(60)

  package init() {}
}
