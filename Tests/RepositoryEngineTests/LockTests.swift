import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Locks` {
  @Test(arguments: [
    (LockKind.shared, LockKind.shared, true), (.shared, .exclusive, false),
    (.exclusive, .shared, false), (.exclusive, .exclusive, false),
  ])
  func `exclude each other unless both are shared`(
    _ first: LockKind,
    _ second: LockKind,
    _ isAllowed: Bool
  ) throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let other = try Repository.openForTesting(store)
    try repository.locked(first) {
      let error = failure { try other.locked(second) {} }
      #expect((error == nil) == isAllowed)
      guard let error else { return }
      guard case .locked(let holders) = error.reason else {
        Issue.record("\(error)")
        return
      }
      #expect(holders.map(\.lock.pid) == [Int(Host.processID)])
      #expect(error.description.contains(Host.name))
      #expect(error.description.contains("process \(Host.processID)"))
    }
    #expect(try store.list("locks").isEmpty)
  }

  @Test func `are tried again for as long as was asked`() throws {
    let store = MemoryStore()
    var options = RepositoryOptions.forTesting
    options.lockTimes.retryMin = .milliseconds(1)
    let repository = try Repository.forTesting(in: store, options: options)
    let stale = try putLock(in: repository, pid: Int(Host.processID), age: 0, exclusive: true)
    let threads = WorkerThreads()
    threads.start {
      _ = StopSignal().wait(for: .milliseconds(50))
      try? store.remove(ObjectName(kind: "locks", name: stale))
    }
    #expect(try repository.locked(.shared, retryFor: .seconds(60)) { 7 } == 7)
    threads.join()
  }

  @Test func `waiting ends with an interruption`() throws {
    let repository = try Repository.forTesting()
    _ = try putLock(in: repository, pid: Int(Host.processID), age: 0, exclusive: true)
    let interruption = Interruption()
    let threads = WorkerThreads()
    threads.start { interruption.request() }
    #expect(throws: Interrupted.self) {
      try repository.locked(.shared, retryFor: .seconds(60), interruption: interruption) {}
    }
    threads.join()
  }

  @Test func `that are stale are explained, and removed by unlock only`() throws {
    let repository = try Repository.forTesting()
    _ = try putLock(in: repository, pid: Int(Host.processID), age: 31 * 60, exclusive: true)
    let error = failure { try repository.locked(.shared) {} }
    #expect(error?.description.contains("stale") == true)
    #expect(error?.hint?.contains("unlock") == true)
    #expect(try repository.unlock() == 1)
    try repository.locked(.shared) {}
  }

  @Test func `of processes that are gone are stale, of others not`() throws {
    let repository = try Repository.forTesting()
    let living = try putLock(in: repository, pid: Int(Host.processID), age: 0, exclusive: false)
    _ = try putLock(in: repository, pid: 0x3fff_ffff, age: 0, exclusive: false)
    let foreign = try putLock(
      in: repository,
      pid: 0x3fff_ffff,
      age: 0,
      exclusive: false,
      host: "elsewhere"
    )
    #expect(try repository.unlock() == 1)
    #expect(Set(try repository.names(of: .lock)) == [living, foreign])
    #expect(try repository.unlock(all: true) == 2)
  }

  @Test func `that are empty are ignored, that are damaged are named`() throws {
    let store = MemoryStore()
    var options = RepositoryOptions.forTesting
    options.lockTimes.retryMin = .milliseconds(1)
    let repository = try Repository.forTesting(in: store, options: options)
    let name = ObjectName(kind: "locks", name: String(repeating: "b", count: 64))
    try store.put(name, [UInt8]())
    try repository.locked(.exclusive) {}
    try store.put(name, [1, 2, 3])
    #expect(reason { try repository.locked(.shared) {} } == .damaged(.lock, name: name.name))
    #expect(try repository.unlock() == 0)
    #expect(try repository.unlock(all: true) == 1)
  }

  @Test func `are refreshed under a new name, and their file is announced`() throws {
    try withTemporaryDirectory { directory in
      let announced = Locked<[FilePath?]>([])
      var options = RepositoryOptions.forTesting
      options.lockTimes.refresh = .milliseconds(60)
      let store = LocalStore(path: directory)
      let repository = try Repository.forTesting(in: store, options: options)
      repository.observeLockFile { path in announced.update { $0.append(path) } }
      try repository.locked(.exclusive) {
        let first = try repository.names(of: .lock)
        // While it is refreshed, both are there.
        #expect((1...2).contains(first.count))
        try eventually { Set(announced.value).count >= 3 }
        #expect(try repository.names(of: .lock) != first)
      }
      #expect(announced.value.first.map { $0 != nil } == true)
      #expect(announced.value.last.map { $0 == nil } == true)
      #expect(try repository.names(of: .lock).isEmpty)
    }
  }

  @Test func `that can't be refreshed end the work, and nothing is committed`() throws {
    let store = MemoryStore()
    var options = RepositoryOptions.forTesting
    options.lockTimes.refresh = .milliseconds(20)
    options.lockTimes.giveUp = .milliseconds(100)
    _ = try Repository.forTesting(in: store, options: options)
    let faulty = FaultyStore(store, failingAt: 2, isLasting: true, failing: [.put])
    let repository = try Repository.openForTesting(faulty, options: options)
    let interruption = Interruption()
    let error = failure {
      try repository.locked(.shared, interruption: interruption) {
        try eventually { interruption.isRequested }
        let file = SnapshotFile(
          time: NodeTime(seconds: 0, nanoseconds: 0),
          tree: BlobID(sha256([])),
          paths: []
        )
        #expect(reason { try repository.saveSnapshot(file) } == .lockLost)
        try interruption.check()
      }
    }
    #expect(error?.reason == .lockLost)
  }

  @Test func `that someone removed are lost when another works exclusively`() throws {
    let store = MemoryStore()
    var options = RepositoryOptions.forTesting
    options.lockTimes.refresh = .milliseconds(100)
    let repository = try Repository.forTesting(in: store, options: options)
    let interruption = Interruption()
    let error = failure {
      try repository.locked(.shared, interruption: interruption) {
        let other = try putLock(
          in: repository,
          pid: Int(Host.processID),
          age: 0,
          exclusive: true
        )
        try eventually {
          for object in try store.list("locks") where object.name.name != other {
            try? store.remove(object.name)  // It may be refreshed just now.
          }
          return interruption.isRequested
        }
      }
    }
    #expect(error?.reason == .lockLost)
  }

  /// Writes a lock as another process would.
  private func putLock(
    in repository: Repository,
    pid: Int,
    age: Int64,
    exclusive: Bool,
    host: String = Host.name
  ) throws -> String {
    let lock = LockFile(
      time: NodeTime(seconds: Host.now.seconds - age, nanoseconds: 0),
      exclusive: exclusive,
      hostname: host,
      username: "someone",
      pid: pid,
      userID: 0,
      groupID: 0
    )
    let (id, sealed) = try repository.sealUnpacked(.lock, lock.encoded())
    try repository.store.put(ObjectName(kind: "locks", name: id.hex), sealed)
    return id.hex
  }
}

/// Waits until something is so, at most ten seconds.
func eventually(_ condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + .seconds(10)
  while try !condition() {
    if ContinuousClock.now > end {
      Issue.record("it didn't become so in ten seconds")
      return
    }
    _ = StopSignal().wait(for: .milliseconds(2))
  }
}
