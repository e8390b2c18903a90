package import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

extension Repository {
  /// Runs `body` while holding a lock.
  ///
  /// The process ignores SIGHUP meanwhile: restic's `unlock` sends it.
  ///
  /// - Parameters:
  ///   - kind: Shared for who adds and reads, exclusive for who removes.
  ///   - retryFor: How long to try while others exclude us.
  ///   - interruption: Ends the waiting; requested when the lock is lost.
  ///   - onWait: Called when the waiting begins.
  ///   - body: The work.
  /// - Returns: What `body` returns.
  /// - Throws: ``RepositoryError`` with `locked` or `lockLost`, or naming a damaged lock;
  ///   ``StoreError``; ``Interrupted``; what `body` throws.
  package func locked<Value>(
    _ kind: LockKind,
    retryFor: Duration = .zero,
    interruption: Interruption = Interruption(),
    onWait: () -> Void = {},
    body: () throws -> Value
  ) throws -> Value {
    try Hangups.ignored {
      isLockLost.store(false, ordering: .releasing)
      let name = try acquire(kind, retryFor: retryFor, interruption, onWait)
      let keeper = LockKeeper(self, kind, name, interruption)
      let thread = WorkerThreads()
      thread.start { keeper.run() }
      defer {
        keeper.stop()
        thread.join()
        keeper.release()
      }
      let result = Result { try body() }
      if let lost = keeper.failure { throw lost }
      return try result.get()
    }
  }

  /// Removes locks that nobody uses any more.
  ///
  /// A lock is in use until it is 30 minutes old, or its process on this machine is gone.
  ///
  /// - Parameter all: Remove the others too.
  /// - Returns: How many were removed.
  /// - Throws: ``StoreError``.
  package func unlock(all: Bool = false) throws -> Int {
    var removed = 0
    for object in try store.list(FileKind.lock.rawValue) {
      // A lock that can't be read is nobody's business but `all`'s.
      let isStale = (try? holder(object.name.name))?.isStale ?? false
      guard all || isStale else { continue }
      do {
        try store.remove(object.name)
        removed += 1
      } catch let error as StoreError where error.isMissing {}
    }
    return removed
  }

  /// Has `observer` called with the file that is our lock from now on, before it is written, and
  /// with nil when there is none any more; only where the repository is in a local folder.
  ///
  /// Between a new one and nil there may be others: the lock is replaced while it is refreshed.
  package func observeLockFile(_ observer: (@Sendable (FilePath?) -> Void)?) {
    lockFileObserver.withLock { $0 = observer }
  }

  func tellLockFile(_ path: FilePath?) {
    lockFileObserver.withLock { $0 }?(path)
  }

  /// Who holds locks that exclude one of `kind`, `own` apart.
  func holders(excluding kind: LockKind, own: String?) throws -> [LockHolder] {
    try store.list(FileKind.lock.rawValue)
      .filter { $0.size > 0 && $0.name.name != own }
      .compactMap { object in
        do {
          return try holder(object.name.name)
        } catch let error as StoreError where error.isMissing {
          return nil
        }
      }
      .filter { kind == .exclusive || $0.lock.exclusive }
      .sorted { $0.name < $1.name }
  }

  /// Writes a lock of ours and returns its name.
  func putLock(_ kind: LockKind) throws -> String {
    let now = Host.now
    let lock = LockFile(
      time: NodeTime(seconds: now.seconds, nanoseconds: now.nanoseconds),
      exclusive: kind == .exclusive,
      hostname: Host.name,
      username: Host.userName,
      pid: Int(Host.processID),
      userID: Host.userID,
      groupID: Host.groupID
    )
    let (id, sealed) = try sealUnpacked(.lock, lock.encoded())
    // Announced first: removing what doesn't exist yet is harmless.
    announceLock(id.hex)
    try store.put(ObjectName(kind: FileKind.lock.rawValue, name: id.hex), sealed)
    return id.hex
  }

  /// Tells the observer which file is our lock.
  func announceLock(_ name: String) {
    let object = ObjectName(kind: FileKind.lock.rawValue, name: name)
    if let path = store.localPath(of: object) { tellLockFile(path) }
  }

  /// Removes a lock of ours; one that is gone or can't be removed is stale some day.
  func removeLock(_ name: String) {
    try? removeFile(.lock, name)
  }

  private func acquire(
    _ kind: LockKind,
    retryFor: Duration,
    _ interruption: Interruption,
    _ onWait: () -> Void
  ) throws -> String {
    let times = options.lockTimes
    let start = ContinuousClock.now
    var wait = times.retryMin
    var isWaiting = false
    while true {
      do {
        return try acquireOnce(kind, interruption)
      } catch let error as RepositoryError {
        guard case .locked = error.reason else { throw error }
        let left = retryFor - (ContinuousClock.now - start)
        if left <= .zero { throw error }
        if !isWaiting { onWait() }
        isWaiting = true
        try sleep(min(wait, left), interruption)
        wait = min(wait * 2, times.retryMax)
      }
    }
  }

  private func acquireOnce(_ kind: LockKind, _ interruption: Interruption) throws -> String {
    try throwIfLocked(kind, own: nil, interruption)
    let name = try putLock(kind)
    do {
      if !store.properties.listsAtOnce { try sleep(options.lockTimes.recheck, interruption) }
      try throwIfLocked(kind, own: name, interruption)
      return name
    } catch {
      removeLock(name)
      tellLockFile(nil)
      throw error
    }
  }

  /// Looks for locks that exclude ours; one that can't be read is looked at four times, since
  /// storage that doesn't store atomically may show it half written.
  private func throwIfLocked(
    _ kind: LockKind,
    own: String?,
    _ interruption: Interruption
  ) throws {
    var wait = options.lockTimes.retryMin
    for attempt in 1...4 {
      do {
        let holders = try holders(excluding: kind, own: own)
        if holders.isEmpty { return }
        throw failure(.locked(holders))
      } catch let error as RepositoryError {
        if attempt == 4 { throw error }
        if case .locked = error.reason { throw error }
        try sleep(wait, interruption)
        wait *= 2
      }
    }
  }

  private func holder(_ name: String) throws -> LockHolder {
    let json = try loadUnpacked(.lock, name)
    let lock: LockFile
    do {
      lock = try LockFile(parsing: json)
    } catch {
      throw failure(.damaged(.lock, name: name), error)
    }
    let age = Duration.seconds(Host.now.seconds - lock.time.seconds)
    let isGone =
      lock.hostname == Host.name && !Host.processExists(Int32(truncatingIfNeeded: lock.pid))
    return LockHolder(
      name: name,
      lock: lock,
      isStale: age > options.lockTimes.stale || isGone
    )
  }
}

/// Sleeps, and looks up ten times a second.
private func sleep(_ duration: Duration, _ interruption: Interruption) throws {
  let end = ContinuousClock.now + duration
  let pause = StopSignal()
  while true {
    try interruption.check()
    let left = end - ContinuousClock.now
    if left <= .zero { return }
    _ = pause.wait(for: min(left, .milliseconds(100)))
  }
}
