package import Machine
import Planning
package import Snapshotting

/// Looks at logical volumes without touching them.
///
/// Found is what is suspended, too full, or carries our tag though no record of ours knows it.
///
/// - Parameters:
///   - runs: Those with a record in the journal.
///   - system: What the kernel says of devices.
///   - tools: Runs the programs of LVM; they need root.
/// - Returns: What was found; nothing where there are no logical volumes.
/// - Throws: ``SystemCallError`` when the mount table can't be read.
package func diagnoseLogicalVolumes(
  besides runs: Set<RunID>,
  system: BlockDevices = BlockDevices(),
  by tools: any CommandRunner = SystemCommandRunner()
) throws -> [Finding] {
  let devices = system.mapped().filter { $0.uuid.hasPrefix("LVM-") }
  if devices.isEmpty { return [] }
  let suspended = devices.filter(\.isSuspended).map { device in
    Finding(
      .stopped,
      "the device \(device.name) is suspended: whoever uses it waits",
      hint: "unless a program of LVM is at work on it: dmsetup resume \(device.name)"
    )
  }
  guard mayAdministrate else { return suspended }
  let mounts = try MountTable.current().visible().filter { $0.type != "btrfs" }
  let found = LVMFindings(of: mounts, isPrivileged: true, system: system, by: tools)
  guard let volumes = try? LogicalVolume.asked(tools) else {
    return suspended + [Finding(.missing, "LVM can't be asked about logical volumes")]
  }
  return suspended + fullPools(volumes) + obstacles(found, mounts) + strangers(volumes, runs)
}

/// Thin pools that may soon be refused.
private func fullPools(_ volumes: [LogicalVolume]) -> [Finding] {
  volumes.filter(\.isThinPool).compactMap { pool in
    let percent = max(pool.dataPercent ?? 0, pool.metadataPercent ?? 0)
    guard percent >= 80 else { return nil }
    return Finding(
      .crowded,
      "the thin pool \(pool.path) is \(Int(percent)) % full",
      hint: "from \(Int(LVMFindings.poolPercentMax)) % on no volume snapshots are taken in it; "
        + "extend it with lvextend"
    )
  }
}

/// Mounted logical volumes of which no volume snapshot can be taken.
private func obstacles(_ found: LVMFindings, _ mounts: [Mount]) -> [Finding] {
  var seen: Set<UInt64> = []
  return mounts.compactMap { mount in
    guard seen.insert(mount.device).inserted, let device = found.devices[mount.device],
      case .logicalVolume(_, _, let uuid, layer: nil) = device.kind,
      let reason = found.obstacle(to: uuid, isThin: device.thinPool != nil)
    else { return nil }
    return Finding(.crowded, "\(mount.mountPoint) can't be snapshotted: \(reason)")
  }
}

/// Volume snapshots with our tag that no record knows: perhaps another machine's, or of a run with
/// another state folder.
private func strangers(_ volumes: [LogicalVolume], _ runs: Set<RunID>) -> [Finding] {
  volumes.compactMap { volume in
    let tags = volume.tags.filter { $0.hasPrefix("stillpoint_") }
    let run = tags.first.flatMap { RunID($0.dropFirst(11)) }
    guard let tag = tags.first, run.map({ !runs.contains($0) }) ?? true else { return nil }
    let state = volume.isInvalid ? " and has overflowed" : ""
    return Finding(
      .foreign,
      "\(volume.path) has the tag \(tag)\(state), but no record here knows it",
      hint: "if no other run of stillpoint uses it: lvremove \(volume.path)"
    )
  }
}
