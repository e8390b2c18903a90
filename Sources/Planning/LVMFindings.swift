package import Machine

/// What is known of the logical volumes below the mounts that a plan is for.
package struct LVMFindings: Hashable, Sendable {
  /// The stack of devices below each mount, by the mount's device.
  package var devices: [UInt64: BlockDevice] = [:]
  /// By uuid, as root.
  package var volumes: [String: LogicalVolume] = [:]
  /// By name, as root.
  package var groups: [String: VolumeGroup] = [:]
  /// Bytes written per second since the machine was started, by device.
  package var rates: [UInt64: UInt64] = [:]
  /// The devices of ext file systems whose journal is on another device.
  package var externalJournals: Set<UInt64> = []
  /// Why nothing could be found out from LVM.
  package var problem: String?

  package init(devices: [UInt64: BlockDevice] = [:]) { self.devices = devices }

  /// Looks at the devices of `mounts`, and asks LVM when one lies on a logical volume.
  ///
  /// - Parameters:
  ///   - mounts: Of any type.
  ///   - isPrivileged: Whether LVM may be asked.
  ///   - system: What the kernel says of devices.
  ///   - tools: Runs `lvs` and `vgs`.
  package init(
    of mounts: [Mount],
    isPrivileged: Bool,
    system: BlockDevices = BlockDevices(),
    by tools: any CommandRunner
  ) {
    for number in Set(mounts.map(\.device)) {
      guard let device = system.device(number), device.nearestLogicalVolume != nil else { continue }
      devices[number] = device
      if let written = system.bytesWritten(to: number) {
        rates[number] = written / max(1, system.secondsSinceStart)
      }
      if system.hasExternalJournal(number) { externalJournals.insert(number) }
    }
    guard isPrivileged, devices.values.contains(where: \.isLogicalVolume) else { return }
    do {
      volumes = try LogicalVolume.asked(tools).reduce(into: [:]) { $0[$1.uuid] = $1 }
      groups = try VolumeGroup.asked(tools).reduce(into: [:]) { $0[$1.name] = $1 }
    } catch {
      problem = explanation(of: error)
    }
  }

  /// The room for thick volume snapshots of a logical volume.
  ///
  /// What volume snapshots of ours take is counted as free: it will be.
  ///
  /// - Parameter uuid: Of the logical volume.
  /// - Returns: Nil when it isn't known.
  package func store(for uuid: String) -> SnapshotStore? {
    guard let volume = volumes[uuid], let group = groups[volume.group] else { return nil }
    let extentBytes = max(1, group.extentBytes)
    let ours = volumes.values.filter {
      $0.group == volume.group && $0.isThickSnapshot
        && $0.tags.contains { $0.hasPrefix("stillpoint_") }
    }
    return SnapshotStore(
      originBytes: volume.sizeBytes,
      extentBytes: extentBytes,
      freeExtents: group.freeExtents + ours.reduce(0) { $0 + $1.sizeBytes / extentBytes }
    )
  }

  /// Why no volume snapshot can be taken of a logical volume.
  ///
  /// - Parameters:
  ///   - uuid: Of the logical volume.
  ///   - isThin: Whether it is thin.
  /// - Returns: The reason and what helps; nil when one can be taken.
  package func obstacle(to uuid: String, isThin: Bool) -> String? {
    if let problem { return "LVM can't be asked about its logical volume: \(problem)" }
    guard let volume = volumes[uuid], groups[volume.group] != nil else {
      return "LVM doesn't know its logical volume"
    }
    return isThin ? poolObstacle(volume) : storeObstacle(uuid)
  }

  private func storeObstacle(_ uuid: String) -> String? {
    guard let store = store(for: uuid), !store.hasRoom else { return nil }
    let group = volumes[uuid]?.group ?? ""
    let free = mebibytes(store.freeExtents * store.extentBytes)
    let needed = mebibytes(store.leastExtents * store.extentBytes)
    return "its volume group \(group) has \(free) free, and a volume snapshot needs at least "
      + "\(needed); add a disk with vgextend, or make a logical volume smaller"
  }

  /// From this on a thin pool is too full, in percent.
  package static let poolPercentMax = 90.0

  private func poolObstacle(_ volume: LogicalVolume) -> String? {
    let found = volumes.values.first { $0.group == volume.group && $0.name == volume.pool }
    guard let pool = found, pool.isThinPool else { return "LVM doesn't know its thin pool" }
    if pool.needsCheck || pool.isOutOfService {
      return "its thin pool \(pool.path) is out of space, read-only or must be repaired; see lvs "
        + "and lvconvert --repair"
    }
    guard let data = pool.dataPercent, let metadata = pool.metadataPercent else {
      return "it isn't known how full its thin pool \(pool.path) is"
    }
    if data >= Self.poolPercentMax {
      return "its thin pool \(pool.path) is \(Int(data)) % full: a pool that runs out of space "
        + "stops the machine; extend it with lvextend"
    }
    if metadata >= Self.poolPercentMax {
      return "the metadata of its thin pool \(pool.path) is \(Int(metadata)) % full; extend it "
        + "with lvextend --poolmetadatasize"
    }
    return nil
  }
}

extension LogicalVolume {
  /// All logical volumes that `lvs` knows.
  ///
  /// - Throws: ``CommandError``, or ``UnreadableReport``.
  package static func asked(_ tools: any CommandRunner) throws -> [LogicalVolume] {
    guard let volumes = all(parsing: try tools.run(LVM.volumes())) else {
      throw UnreadableReport(program: "lvs")
    }
    return volumes
  }
}

extension VolumeGroup {
  /// All volume groups that `vgs` knows.
  ///
  /// - Throws: ``CommandError``, or ``UnreadableReport``.
  package static func asked(_ tools: any CommandRunner) throws -> [VolumeGroup] {
    guard let groups = all(parsing: try tools.run(LVM.groups())) else {
      throw UnreadableReport(program: "vgs")
    }
    return groups
  }
}

/// A report that isn't what was asked for.
package struct UnreadableReport: Error, Hashable, CustomStringConvertible {
  package var program: String
  package var description: String { "\(program) doesn't answer in JSON that we understand" }
}
