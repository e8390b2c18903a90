import ArgumentParser
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// `stillpoint forget`.
struct ForgetCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Remove snapshots from the repository.",
    discussion: """
      Snapshots are divided into groups, and each group keeps what the --keep options say. If a \
      group has fewer snapshots than an option would keep, its oldest one is kept too. Data that \
      nobody needs any more stays until prune removes it.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
        + "\nExit status is 3 if there was an error removing one or more snapshots."
  )

  @Argument(help: .init("Snapshots to remove, whatever the policy.", valueName: "snapshot ID"))
  var ids: [String] = []

  @OptionGroup(title: "What is kept") var retention: RetentionOptions

  @Option(
    name: [.customShort("g"), .long],
    help: .init("Group by host, paths and tags, separated by comma.", valueName: "group")
  )
  var groupBy = "host,paths"

  @Flag(name: .shortAndLong, help: "Use the compact output format.")
  var compact = false

  @Flag(name: [.customShort("n"), .long], help: "Remove nothing, say what would be removed.")
  var dryRun = false

  @Flag(help: "Allow removing all snapshots of a group.")
  var unsafeAllowRemoveAll = false

  @Flag(help: "Prune when snapshots have been removed.")
  var prune = false

  @OptionGroup(title: "Pruning") var limits: PruneLimitOptions
  @OptionGroup(title: "Filters") var filters: LongFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let policy = try retention.policy()
    let traits = try SnapshotTrait.parse(groupBy)
    let pruning = try limits.options()
    if global.noLock && !dryRun {
      throw UsageError(
        "--no-lock is only applicable in combination with --dry-run for forget command"
      )
    }
    let repository = try session.repository()
    return try session.locked(repository, .exclusive, isOptional: dryRun) {
      let filter = filters.filter
      let selection = try SnapshotSelection(ids, filter, in: repository, session.output)
      if selection.isIncomplete { throw UnreadSnapshot() }
      let snapshots = selection.snapshots
      let view = ForgetView(output: session.output, isCompact: compact)
      var removed = snapshots
      if ids.isEmpty {
        try demand(policy, filter)
        view.begin(policy)
        removed = try apply(policy, to: SnapshotGroup.groups(of: snapshots, by: traits), view)
      }
      let failed = try remove(removed, repository, session, view)
      view.finish()
      if failed { throw SnapshotsNotRemoved() }
      if prune, !removed.isEmpty {
        view.announcePrune(removed.count, isDryRun: dryRun)
        try PruneView(output: session.output, isDryRun: dryRun, hasJSON: false).showing { view in
          try repository.prune(
            pruning,
            ignoring: Set(removed.map(\.id)),
            isDryRun: dryRun,
            interruption: session.interruption,
            observer: view
          )
        }
      }
      return .success
    }
  }

  private func demand(_ policy: RetentionPolicy, _ filter: SnapshotFilter) throws(UsageError) {
    guard policy.isEmpty else { return }
    if !unsafeAllowRemoveAll {
      throw UsageError("no policy was specified, no snapshots will be removed")
    }
    if filter == SnapshotFilter() {
      throw UsageError(
        "--unsafe-allow-remove-all is not allowed unless a snapshot filter option is specified"
      )
    }
  }

  /// Returns what the policy removes.
  private func apply(
    _ policy: RetentionPolicy,
    to groups: [SnapshotGroup],
    _ view: ForgetView
  ) throws -> [StoredSnapshot] {
    var removed: [StoredSnapshot] = []
    let now = Host.now
    for group in groups {
      let retention = Retention(
        policy,
        of: group.snapshots,
        now: NodeTime(seconds: now.seconds, nanoseconds: now.nanoseconds),
        localOffset: { CalendarTime(local: $0).utcOffset }
      )
      if retention.kept.isEmpty && !policy.isEmpty { throw LastSnapshots(group: group.name) }
      view.show(group, retention)
      removed += retention.removed
    }
    return removed
  }

  /// Removes snapshots; returns whether one couldn't be removed.
  private func remove(
    _ snapshots: [StoredSnapshot],
    _ repository: Repository,
    _ session: Session,
    _ view: ForgetView
  ) throws -> Bool {
    if snapshots.isEmpty { return false }
    if dryRun {
      view.announceRemoval(of: snapshots)
      return false
    }
    let failed = Atomic(false)
    try inParallel(snapshots, threads: 4, interruption: session.interruption) { snapshot in
      do {
        try repository.removeSnapshot(snapshot.id)
        view.removed(snapshot.id)
      } catch {
        failed.store(true, ordering: .relaxed)
        view.notRemoved(snapshot.id, error)
      }
    }
    return failed.load(ordering: .relaxed)
  }
}

/// A snapshot that can't be read, so that nobody knows what a policy says of it.
struct UnreadSnapshot: ExplainedError {
  var cause: (any Error)? { nil }
  var description: String { "a snapshot can't be read, so none was removed" }
  var hint: String? { "`repair snapshots --forget` removes what is damaged" }
}

/// A policy that would leave nothing of a group.
struct LastSnapshots: ExplainedError {
  let group: String
  var cause: (any Error)? { nil }

  var description: String { "refusing to delete last snapshot of snapshot group \"\(group)\"" }
  var hint: String? {
    "a policy must keep something; what is to go altogether is named by ID, or by a filter with "
      + "--unsafe-allow-remove-all and no policy"
  }
}

/// Some snapshots are still there.
struct SnapshotsNotRemoved: ExplainedError {
  var cause: (any Error)? { nil }
  var description: String { "failed to remove one or more snapshots" }
}
