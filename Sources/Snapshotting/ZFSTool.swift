import Machine
import Planning

/// What is done with volume snapshots of ZFS, each step by one command.
struct ZFSTool: Sendable {
  /// The user property with the run that took a volume snapshot.
  static let property = "stillpoint:run"

  let tools: any CommandRunner

  /// Whose a volume snapshot is.
  struct Identity: Hashable {
    var guid: String
    var run: String?
  }

  /// Takes the volume snapshots of one pool at one moment.
  func take(_ marks: [SnapshotMark]) throws {
    guard let first = marks.first else { return }
    try tools.run(
      ZFS.snapshot(marks.map(\.zfsName), setting: Self.property, to: first.zfsRun)
    )
  }

  func hold(_ marks: [SnapshotMark]) throws {
    guard let first = marks.first else { return }
    try tools.run(ZFS.hold(marks.map(\.zfsName), tag: first.zfsTag))
  }

  /// The identities of volume snapshots and datasets, which must all be there.
  func identities(of names: [String]) throws(CommandError) -> [String: Identity] {
    let output = try tools.run(ZFS.get(["guid", Self.property], of: names))
    return ZFS.properties(parsing: output).compactMapValues { properties in
      properties["guid"].map { Identity(guid: $0, run: properties[Self.property]) }
    }
  }

  /// The identity of a volume snapshot; nil when there is none with that name.
  func identity(of name: String) throws(CommandError) -> Identity? {
    do {
      return try identities(of: [name])[name]
    } catch {
      if error.isNoSuchDataset { return nil }
      throw error
    }
  }

  /// The tags of the holds by name.
  func holds(of marks: [SnapshotMark]) throws(CommandError) -> [String: Set<String>] {
    ZFS.holds(parsing: try tools.run(ZFS.holds(of: marks.map(\.zfsName))))
  }

  /// Every volume snapshot with our mark, on all pools, and its run.
  func marked() throws(CommandError) -> [String: String] {
    let output = try tools.run(ZFS.getOfSnapshots(having: Self.property))
    return ZFS.properties(parsing: output).compactMapValues { $0[Self.property] }
  }

  // MARK: Removing

  /// Removes what `mark` describes when its guid and its run are as recorded; without a recorded
  /// guid the run alone is compared.
  func remove(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    let name = mark.zfsName
    guard let found = try identity(of: name) else { return .absent }
    guard isOurs(found, mark) else { return .foreign }
    if try holds(of: [mark])[name]?.contains(mark.zfsTag) ?? false {
      try tools.run(ZFS.release([name], tag: mark.zfsTag))
    }
    try destroy(name)
    return .removed
  }

  private func isOurs(_ found: Identity?, _ mark: SnapshotMark) -> Bool {
    found?.run == mark.zfsRun && (mark.identity == nil || found?.guid == mark.identity)
  }

  /// Removes what `marks`, of one pool, describe, with few commands, as long as nobody interfered.
  ///
  /// - Returns: Whether all were ours; if not, nothing was touched.
  /// - Throws: ``CommandError``, also when one isn't there; some may have been removed.
  func removeTogether(_ marks: [SnapshotMark]) throws -> Bool {
    guard let first = marks.first else { return true }
    let found = try identities(of: marks.map(\.zfsName))
    guard marks.allSatisfy({ isOurs(found[$0.zfsName], $0) }) else { return false }
    let holds = try holds(of: marks)
    let held = marks.map(\.zfsName).filter { holds[$0]?.contains(first.zfsTag) ?? false }
    if !held.isEmpty { try tools.run(ZFS.release(held, tag: first.zfsTag)) }
    for mark in marks.reversed() { try destroy(mark.zfsName) }
    return true
  }

  /// The kernel may need a moment to end a mount whose last file was closed.
  private func destroy(_ name: String) throws {
    let triesMax = 30
    for number in 1...triesMax {
      do {
        try tools.run(ZFS.destroy(name))
        return
      } catch {
        if error.isNoSuchDataset { return }
        guard error.isDatasetBusy, number < triesMax else { throw error }
        _ = StopSignal().wait(for: .milliseconds(100))
      }
    }
  }

  /// Removes what a killed run left, also when its dataset was renamed meanwhile.
  func removeLeftover(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    // A killed run's last command goes on to its end, whether it takes, holds or releases.
    for argument in ["\(Self.property)=\(mark.zfsRun)", mark.zfsTag] {
      guard try waitForEnd(ofProgramsGiven: argument, atMost: .seconds(30)) else {
        throw StillBusy(run: mark.zfsRun)
      }
    }
    let output = try tools.run(ZFS.getOfAll(["guid"]))
    let guids = ZFS.properties(parsing: output).compactMapValues { $0["guid"] }
    var mark = mark
    let (dataset, guid) = mark.volume.zfs
    if let now = guids.first(where: { $0.value == "\(guid)" })?.key {
      mark.volume.name = .zfs(dataset: now, guid: guid)
      return try remove(mark)
    }
    let pool = dataset.prefix { $0 != "/" }
    // A dataset that was destroyed took its volume snapshots with it.
    if guids.keys.contains(where: { $0.prefix { $0 != "/" } == pool }) { return .absent }
    throw PoolNotImported(pool: String(pool))
  }
}

/// A pool that isn't there, and what was left on it with it.
struct PoolNotImported: Error, Hashable, CustomStringConvertible {
  var pool: String
  var description: String { "the pool \(pool) isn't imported" }
}

/// A program of a killed run that doesn't end.
struct StillBusy: Error, Hashable, CustomStringConvertible {
  var run: String
  var description: String { "zfs is still at work for the run \(run)" }
}
