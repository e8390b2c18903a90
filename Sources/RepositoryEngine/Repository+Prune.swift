package import Machine
import ObjectStorage
package import RepositoryFormat
import Synchronization

/// How far a prune is.
package enum PruneProgress: Hashable, Sendable {
  case trees(read: Int)
  case repacked(done: Int, of: Int)
  case removed(done: Int, of: Int)
}

/// What a prune is about to do.
package enum PruneStep: Hashable, Sendable {
  case loadingSnapshots
  case findingUsed(snapshots: Int)
  case searchingPacks
  case decided(PrunePlan.Summary)
  case removingUnreferenced(Int)
  case repacking(Int)
  case rewritingIndex
  case removing(Int)
  case done
}

/// Somebody who wants to know how a prune goes; calls may come from any thread.
package protocol PruneObserver: Sendable {
  func prune(begins step: PruneStep)
  func prune(progress: PruneProgress)
  func prune(removed kind: FileKind, _ name: String, failure: (any Error)?)
}

extension Repository {
  /// Removes what no snapshot needs.
  ///
  /// The caller holds an exclusive lock. Whatever ends it early, every snapshot stays whole: what
  /// is needed is copied and in a durable index before anything is removed, and a later prune goes
  /// on from there.
  ///
  /// - Parameters:
  ///   - options: What may stay.
  ///   - ignored: Snapshots that are about to be removed.
  ///   - isDryRun: Only decide.
  ///   - interruption: Asked before every step and between files.
  ///   - observer: Told what happens.
  /// - Throws: ``PruneError`` when something needed is missing; ``RepositoryError`` when
  ///   something needed is damaged; ``StoreError``; ``Interrupted``.
  package func prune(
    _ options: PruneOptions = PruneOptions(),
    ignoring ignored: Set<SnapshotID> = [],
    isDryRun: Bool = false,
    interruption: Interruption = Interruption(),
    observer: any PruneObserver
  ) throws {
    try check(options)
    let files = try loadIndexFiles(interruption)
    guard let index = loadedIndex else { throw failure(.misuse("no index")) }
    let plan = try plan(options, index, ignoring: ignored, interruption, observer)
    observer.prune(begins: .decided(plan.summary))
    if isDryRun { return }
    try interruption.check()
    if !plan.summary.unreferenced.isEmpty {
      observer.prune(begins: .removingUnreferenced(plan.summary.unreferenced.count))
      try removePacks(plan.summary.unreferenced, interruption, observer)
    }
    if !plan.summary.repack.isEmpty {
      observer.prune(begins: .repacking(plan.summary.repack.count))
      try repack(
        plan.summary.repack,
        plan.moved,
        index,
        compresses: self.options.compression != .off,
        interruption: interruption
      ) { observer.prune(progress: .repacked(done: $0, of: plan.summary.repack.count)) }
    }
    try interruption.check()
    try removeUnneeded(plan, files, index, options, interruption, observer)
    forgetIndex()
    observer.prune(begins: .done)
  }

  private func check(_ options: PruneOptions) throws {
    if options.repacksUncompressed && config.version < 2 {
      throw PruneError(.unsupported("compression requires at least repository format version 2"))
    }
    if options.smallPackSize ?? 0 > UInt64(self.options.packSize) {
      throw PruneError(.unsupported("repack-smaller-than exceeds repository packsize"))
    }
  }

  private func plan(
    _ options: PruneOptions,
    _ index: BlobIndex,
    ignoring ignored: Set<SnapshotID>,
    _ interruption: Interruption,
    _ observer: any PruneObserver
  ) throws -> PrunePlan {
    observer.prune(begins: .loadingSnapshots)
    let snapshots = try snapshots().filter { !ignored.contains($0.id) }
    observer.prune(begins: .findingUsed(snapshots: snapshots.count))
    let trees = snapshots.map(\.file.tree)
    let used = try usedBlobs(of: trees, in: index, interruption: interruption) {
      observer.prune(progress: .trees(read: $0))
    }
    let missing = used.missing
    if !missing.isEmpty {
      throw PruneError(.missingBlobs(missing.sorted { $0.id.digest < $1.id.digest }))
    }
    observer.prune(begins: .searchingPacks)
    let present = try store.list(FileKind.data.rawValue).compactMap { object in
      Digest(hex: object.name.name).map { StoredPack(id: PackID($0), size: object.size) }
    }
    return try PrunePlan(
      PackUses(index, needed: used.marks),
      index,
      present: present.sorted { $0.id < $1.id },
      options,
      version: config.version
    )
  }

  /// Makes the index forget the packs that go, then removes them.
  private func removeUnneeded(
    _ plan: PrunePlan,
    _ files: [IndexedFile],
    _ index: BlobIndex,
    _ options: PruneOptions,
    _ interruption: Interruption,
    _ observer: any PruneObserver
  ) throws {
    let going = plan.summary.removed + plan.summary.repack
    let gone = Set(going + plan.summary.lost)
    if gone.isEmpty { return }
    if !options.recoversSpace {
      try rescueDuplicates(plan.needed, from: gone, index, interruption: interruption)
    }
    if isLockLost.load(ordering: .acquiring) { throw failure(.lockLost) }
    observer.prune(begins: .rewritingIndex)
    // Without room for a new index the old one must go first.
    let old = options.recoversSpace ? files.map(\.name) : []
    for name in old { try removeFile(.index, name) }
    let replaced = try old.isEmpty ? rewriteIndex(files, without: gone, index) : old
    for name in replaced { observer.prune(removed: .index, name, failure: nil) }
    if !going.isEmpty {
      observer.prune(begins: .removing(going.count))
      try removePacks(going, interruption, observer)
    }
    if options.recoversSpace {
      try writeIndex(of: index.packs.map { !gone.contains($0) }, index)
    }
  }

  /// Removes packs; one that can't be removed only takes space, and the next prune removes it.
  private func removePacks(
    _ packs: [PackID],
    _ interruption: Interruption,
    _ observer: any PruneObserver
  ) throws {
    let done = Atomic(0)
    try inParallel(packs, threads: readersMax, interruption: interruption) { [self] pack in
      let name = pack.digest.hex
      do {
        try removeFile(.data, name)
        observer.prune(removed: .data, name, failure: nil)
      } catch {
        observer.prune(removed: .data, name, failure: error)
      }
      let count = done.add(1, ordering: .relaxed).newValue
      observer.prune(progress: .removed(done: count, of: packs.count))
    }
  }
}
