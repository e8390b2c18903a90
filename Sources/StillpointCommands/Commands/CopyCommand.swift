import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint copy`.
struct CopyCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copy snapshots from one repository to another.",
    discussion: """
      Files are not cut anew: where both repositories hold the same files, they share them only \
      when the other one was made with init --copy-chunker-params.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @OptionGroup(title: "Source") var from: SourceRepositoryOptions
  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let sourceSession = try session.source(from)
    let source = try sourceSession.repository()
    try sourceSession.locked(source, .shared) {
      let destination = try session.repository()
      try session.locked(destination, .shared, isOptional: false) {
        try copy(from: source, to: destination, session)
      }
    }
    return .success
  }

  private func copy(
    from source: Repository,
    to destination: Repository,
    _ session: Session
  ) throws {
    let filter = filters.filter
    let wanted = try SnapshotSelection(ids, filter, in: source, session.output).snapshots
    let copies = SnapshotCopies(
      try SnapshotSelection([], filter, in: destination, session.output).snapshots
    )
    try source.loadIndex(session.interruption)
    try destination.loadIndex(session.interruption)
    var waiting = wanted.filter { snapshot in
      guard let copy = copies.copy(of: snapshot) else { return true }
      session.output.tell("\n\(snapshot.headline)", at: .verbose)
      session.output.tell(
        "skipping source snapshot \(snapshot.id.digest.short), "
          + "was already copied to snapshot \(copy.id.digest.short)",
        at: .verbose
      )
      return false
    }[...]
    let copier = SnapshotCopier(
      from: source,
      to: destination,
      interruption: session.interruption
    )
    while !waiting.isEmpty {
      let batch = try copyBatch(of: &waiting, copier, to: destination, session)
      // An empty line between what was copied and what was saved.
      if batch.count > 1 { session.output.tell("") }
      for snapshot in batch { try save(snapshot, in: destination, session.output) }
    }
  }

  /// Copies so many that saving them at once is worthwhile: what they refer to is durable when
  /// this returns.
  private func copyBatch(
    of waiting: inout ArraySlice<StoredSnapshot>,
    _ copier: SnapshotCopier,
    to destination: Repository,
    _ session: Session
  ) throws -> [StoredSnapshot] {
    let start = ContinuousClock.now
    let sizeMax = UInt64(destination.options.packSize) * 100
    var size: UInt64 = 0
    var batch: [StoredSnapshot] = []
    try destination.uploading(interruption: session.interruption) { saver in
      while size < sizeMax || ContinuousClock.now - start < .seconds(60) {
        guard let snapshot = waiting.popFirst() else { return }
        batch.append(snapshot)
        session.output.tell("\n\(snapshot.headline)")
        session.output.tell("  copy started, this may take a while...")
        let missing = try copier.missing(of: snapshot.file.tree)
        session.output.tell(
          "  copy \(missing.count) blobs with disk size \(Quantity.bytes(missing.size)) "
            + "in \(missing.packCount) packfiles",
          at: .verbose
        )
        try CountProgress.showing("packs copied", of: missing.packCount, on: session.output) {
          progress in
          try copier.copy(missing, with: saver) { progress.add() }
        }
        size += missing.size
      }
    }
    return batch
  }

  private func save(
    _ snapshot: StoredSnapshot,
    in destination: Repository,
    _ output: Output
  ) throws {
    var file = snapshot.file
    // The parent may not be there; the original says which snapshots are the same.
    file.parent = nil
    file.original = file.original ?? snapshot.id
    let id = try destination.saveSnapshot(file)
    output.tell(
      "snapshot \(id.digest.short) saved, copied from source snapshot "
        + snapshot.id.digest.short
    )
  }
}

/// Snapshots of a repository that may be copies of another one's.
struct SnapshotCopies {
  private var byOriginal: [SnapshotID: [StoredSnapshot]] = [:]

  init(_ snapshots: [StoredSnapshot]) {
    for snapshot in snapshots {
      for id in Set([snapshot.id, snapshot.file.original ?? snapshot.id]) {
        byOriginal[id, default: []].append(snapshot)
      }
    }
  }

  /// A copy of `snapshot`: one of the same origin that says the same.
  func copy(of snapshot: StoredSnapshot) -> StoredSnapshot? {
    byOriginal[snapshot.file.original ?? snapshot.id]?
      .first { $0.file.isCopy(of: snapshot.file) }
  }
}

extension SnapshotFile {
  /// Whether both say the same, their parents and originals apart; paths and tags in any order.
  fileprivate func isCopy(of other: SnapshotFile) -> Bool {
    time.isSameMoment(as: other.time) && tree == other.tree && hostname == other.hostname
      && username == other.username && userID == other.userID && groupID == other.groupID
      && excludes == other.excludes
      && paths.count == other.paths.count && other.paths.allSatisfy(paths.contains)
      && tags.count == other.tags.count && other.tags.allSatisfy(tags.contains)
  }
}
