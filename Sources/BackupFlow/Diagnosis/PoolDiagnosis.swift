package import Machine
package import Snapshotting

/// In percent: at this a pool has hardly room for what changes while a volume snapshot exists.
private let nearlyFull = 90
/// In percent: ZFS keeps some room for itself, and 100 are never reached.
private let full = 95

/// Looks at the ZFS pools; touches nothing.
///
/// - Parameters:
///   - runs: Those with a record in the journal.
///   - tools: Runs `zpool` and `zfs`.
/// - Returns: Pools without room, and volume snapshots with our mark that no record explains.
package func diagnosePools(besides runs: Set<RunID>, by tools: any CommandRunner) -> [Finding] {
  do {
    return try crowdedPools(tools) + unexplainedSnapshots(besides: runs, tools)
  } catch {
    return [Finding(.missing, "the pools of ZFS can't be looked at: \(explanation(of: error))")]
  }
}

private func crowdedPools(_ tools: any CommandRunner) throws -> [Finding] {
  let capacities = ZFS.capacities(parsing: try tools.run(ZFS.poolCapacities()))
  let crowded = capacities.filter { $0.value >= nearlyFull }.sorted { $0.key < $1.key }
  return crowded.map { pool, percent in
    Finding(
      .crowded,
      "the pool \(pool) is \(percent >= full ? "full" : "nearly full"): \(percent)% are in use",
      hint: "make room: while a volume snapshot exists, what is removed or changed stays in it"
    )
  }
}

/// They may be of a run with another journal, or copies that were sent here: only people know.
private func unexplainedSnapshots(
  besides runs: Set<RunID>,
  _ tools: any CommandRunner
) throws -> [Finding] {
  try ZFSDriver(tools: tools).marked(besides: runs).map { snapshot in
    // A name of ZFS may have a space, but no quotes.
    let name = snapshot.name.contains(" ") ? "'\(snapshot.name)'" : snapshot.name
    let commands = "zfs release \(snapshot.tag) \(name); zfs destroy \(name)"
    return Finding(
      .foreign,
      "the volume snapshot \(snapshot.name) has our mark, but its run isn't in the journal",
      hint: "if no backup of yours uses it: \(commands)"
    )
  }
}
