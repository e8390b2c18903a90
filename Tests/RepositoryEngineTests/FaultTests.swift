import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

/// The n-th operation fails, for every n: whatever happened, what is in the store is whole.
@Suite struct `When the store fails` {
  private static let files: [(name: String, content: [UInt8])] = [
    ("a", noise(40_000, seed: 1)), ("b", prose(90_000, seed: 2)), ("c", noise(50_000, seed: 3)),
    ("d", []), ("e", noise(100_000, seed: 4)),
  ]

  @Test(arguments: FaultKind.all)
  func `at any write, an upload fails or is whole`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .writing) { faulty, number in
      let store = MemoryStore()
      let first = try Repository.forTesting(in: store, options: .small)
      try first.backUp([("old", prose(5000, seed: 9))])
      let repository = try Repository.openForTesting(faulty(store), options: .small)
      let result = Result { _ = try repository.backUp(Self.files) }
      #expect(try problems(in: store) == [], "after operation \(number)")
      let again = try Repository.openForTesting(store, options: .small)
      #expect(try again.snapshots().count == ((try? result.get()) == nil ? 1 : 2))
      try again.backUp(Self.files)
      #expect(try problems(in: store) == [], "after another run")
      return result
    }
    #expect(count > 7)
  }

  @Test(arguments: FaultKind.all)
  func `at any operation, forget and prune lose nothing that is kept`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let store = MemoryStore()
      let first = try Repository.forTesting(in: store, options: .small)
      let old = try first.backUp(Self.files.prefix(2) + [("gone", noise(80_000, seed: 8))])
      let kept = try first.backUp(Self.files)
      let result = Result {
        try Repository.openForTesting(faulty(store), options: .small)
          .forgetAndPrune(old, Self.thorough)
      }
      #expect(try problems(in: store) == [], "after operation \(number)")
      let again = try Repository.openForTesting(store, options: .small)
      try again.removeSnapshot(old, ifPresent: true)
      try again.prune(Self.thorough, observer: SeenPrune())
      #expect(try problems(in: store) == [], "after another run")
      #expect(try again.snapshots().map(\.id) == [kept])
      let last = try Repository.openForTesting(store)
      let seen = SeenPrune()
      try last.prune(Self.thorough, isDryRun: true, observer: seen)
      #expect(seen.plan?.statistics.blobs.unused == 0)
      return result
    }
    #expect(count > 14)
  }

  private static var thorough: PruneOptions {
    var options = PruneOptions()
    options.unusedMax = .bytes(0)
    return options
  }

  @Test func `initializing leaves nothing that opens, or a whole repository`() throws {
    var failing = 1
    while true {
      let store = MemoryStore()
      let faulty = FaultyStore(store, failingAt: failing)
      let made = try? Repository.forTesting(in: faulty)
      let opened = try? Repository.openForTesting(store)
      // Reading the index of a new repository may fail too.
      if made != nil { #expect(opened != nil) }
      if opened != nil { #expect(try problems(in: store) == []) }
      if faulty.faults == 0 { break }
      failing += 1
    }
  }

  @Test(.requiresRoot)
  func `a full disk ends the upload, and there is room after it`() throws {
    try withTemporaryDirectory { directory in
      let run = SystemCommandRunner()
      try run.run(
        Command("mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=2000", "tmpfs", directory.string)
      )
      try releasing {
        let store = LocalStore(path: directory)
        let repository = try Repository.forTesting(in: store, options: .small)
        let error = #expect(throws: StoreError.self) {
          try repository.backUp((0..<60).map { ("\($0)", noise(100_000, seed: $0)) })
        }
        #expect(error?.reason == .noSpace)
        #expect(try repository.snapshots().isEmpty)
        #expect(try LocalFiles.names(in: directory.appending("data")).count == 256)
      } release: {
        try unmount(directory)
      }
    }
  }
}

extension Repository {
  fileprivate func forgetAndPrune(_ id: SnapshotID, _ options: PruneOptions) throws {
    try removeSnapshot(id)
    try prune(options, observer: SeenPrune())
  }

  fileprivate func removeSnapshot(_ id: SnapshotID, ifPresent: Bool) throws {
    do {
      try removeSnapshot(id)
    } catch let error as StoreError where ifPresent && error.isMissing {}
  }
}
