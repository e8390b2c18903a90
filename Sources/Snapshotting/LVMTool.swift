import Machine
import Planning

/// What is done with volume snapshots of logical volumes, each step by one command.
struct LVMTool: Sendable {
  let tools: any CommandRunner
  let devices: BlockDevices

  /// Takes the volume snapshot of one logical volume.
  ///
  /// - Parameters:
  ///   - mark: What is made.
  ///   - extents: Of the store of a thick one.
  /// - Throws: ``CommandError``; it may be there all the same, and its origin may be suspended.
  func take(_ mark: SnapshotMark, extents: UInt64) throws(CommandError) {
    let (group, name, _) = mark.volume.lvm
    let volume = "\(group)/\(name)"
    let command =
      if mark.volume.mechanism == .lvmThin {
        LVM.thinSnapshot(of: volume, named: mark.name.text, tag: mark.lvmTag)
      } else {
        LVM.thickSnapshot(
          of: volume,
          named: mark.name.text,
          tag: mark.lvmTag,
          extents: extents
        )
      }
    try tools.run(command)
  }

  /// How full the store of a thick volume snapshot is; nil when that can't be said.
  func fill(of mark: SnapshotMark) -> SnapshotFill? {
    let name = LVM.deviceName(group: mark.volume.lvm.group, name: mark.name.text)
    guard let output = try? tools.run(LVM.fill(ofDevice: name)) else { return nil }
    return SnapshotFill(parsing: output)
  }

  /// Makes the store of a thick volume snapshot larger, as far as there is room.
  ///
  /// - Returns: Whether it is larger now.
  func extend(_ mark: SnapshotMark) throws -> Bool {
    let (group, _, uuid) = mark.volume.lvm
    let volumes = try LogicalVolume.asked(tools)
    let found = try VolumeGroup.asked(tools).first { $0.name == group }
    guard let origin = volumes.first(where: { $0.uuid == uuid }), let found,
      let snapshot = volumes.first(where: { $0.uuid == mark.identity })
    else { return false }
    let store = SnapshotStore(
      originBytes: origin.sizeBytes,
      extentBytes: found.extentBytes,
      freeExtents: found.freeExtents
    )
    let extents = store.growth(of: snapshot.sizeBytes / max(1, found.extentBytes))
    guard extents > 0 else { return false }
    try tools.run(LVM.extend(snapshot.path, byExtents: extents))
    return true
  }

  // MARK: Letting go

  /// Lets the origin go on when a command that was killed left it suspended: everybody who uses it
  /// would wait for ever.
  func letGo(originOf mark: SnapshotMark) throws {
    let (group, name, uuid) = mark.volume.lvm
    func suspended() -> [MappedDevice] {
      devices.mapped().filter { $0.isSuspended && $0.belongs(to: uuid) }
    }
    if suspended().isEmpty { return }
    // LVM waits for others that are changing the group, whose business it may be, and knows what
    // should be there.
    _ = try? tools.run(LVM.refresh("\(group)/\(name)"))
    for device in suspended() { try tools.run(LVM.resume(device: device.name)) }
  }

  // MARK: Removing

  /// Removes what `mark` describes when its uuid and its tag are as recorded; without a recorded
  /// uuid its name, tag and origin are compared.
  func remove(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    let volumes = try LogicalVolume.asked(tools)
    guard let found = volumes.first(where: { isOurs($0, mark) }) else {
      if volumes.contains(where: { $0.path == mark.lvmPath || $0.uuid == mark.identity }) {
        return .foreign
      }
      return .absent
    }
    try remove(found, mark)
    // Nothing is removed, and that is no error, when it has become another one just before.
    return try LogicalVolume.asked(tools).contains { $0.uuid == found.uuid } ? .foreign : .removed
  }

  private func remove(_ found: LogicalVolume, _ mark: SnapshotMark) throws {
    let triesMax = 20
    for number in 1...triesMax {
      do {
        try tools.run(LVM.remove(found.path, uuid: found.uuid, tag: mark.lvmTag))
        return
      } catch {
        guard number < triesMax else { throw error }
        // udev, or whoever it called, may still look at the device; and where lvcreate was killed
        // LVM may first have to make what it is then able to remove.
        _ = try? tools.run(LVM.settle)
        _ = StopSignal().wait(for: .milliseconds(100))
      }
    }
  }

  private func isOurs(_ volume: LogicalVolume, _ mark: SnapshotMark) -> Bool {
    guard volume.tags.contains(mark.lvmTag) else { return false }
    if let identity = mark.identity { return volume.uuid == identity }
    // A killed lvcreate may not have got to where it becomes one of the origin.
    return volume.name == mark.name.text
      && (volume.originUUID == nil || volume.originUUID == mark.volume.lvm.uuid)
  }

  /// Removes what a killed run left.
  func removeLeftover(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    // A killed run's last command goes on to its end.
    guard try waitForEnd(ofProgramsGiven: mark.lvmTag, atMost: .seconds(30)) else {
      throw StillAtWork(run: mark.run)
    }
    try letGo(originOf: mark)
    let outcome = try remove(mark)
    let (group, _, uuid) = mark.volume.lvm
    if outcome == .absent,
      try !LogicalVolume.asked(tools).contains(where: { $0.uuid == uuid || $0.group == group })
    {
      throw GroupNotThere(group: group)
    }
    return outcome
  }
}

/// A volume group that can't be seen, and what was left in it with it.
struct GroupNotThere: Error, Hashable, CustomStringConvertible {
  var group: String
  var description: String { "LVM doesn't see the volume group \(group)" }
}

/// A program of a killed run that doesn't end.
struct StillAtWork: Error, Hashable, CustomStringConvertible {
  var run: RunID
  var description: String { "lvcreate still takes volume snapshots for the run \(run.digits)" }
}
