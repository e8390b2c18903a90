/// What the programs of LVM are asked.
///
/// They are asked for JSON, in which sizes are bytes. Source: `lvs(8)`, `vgs(8)`, `lvcreate(8)`,
/// `lvextend(8)`, `lvremove(8)`, `dmsetup(8)`; tried with 2.03.31.
package enum LVM {
  private static let report = ["--reportformat", "json", "--units", "b", "--nosuffix", "-o"]

  private static let volumeFields = [
    "vg_name", "vg_uuid", "lv_name", "lv_uuid", "lv_size", "lv_attr", "lv_tags", "origin",
    "origin_uuid", "pool_lv", "data_percent", "metadata_percent", "lv_check_needed",
  ]

  /// Asks for all logical volumes of all volume groups that can be seen.
  ///
  /// - Returns: The command; ``LogicalVolume/all(parsing:)`` reads its output.
  package static func volumes() -> Command {
    Command("lvs", arguments: report + [volumeFields.joined(separator: ",")])
  }

  /// Asks for all volume groups.
  ///
  /// - Returns: The command; ``VolumeGroup/all(parsing:)`` reads its output.
  package static func groups() -> Command {
    let fields = "vg_name,vg_uuid,vg_extent_size,vg_extent_count,vg_free_count"
    return Command("vgs", arguments: report + [fields])
  }

  /// Takes a volume snapshot that keeps what is overwritten in a store of its own.
  ///
  /// Inside a pause the less is done the better: no backup of the metadata is written, which may
  /// lie on the very volume, and dmeventd is left out of it: it would unmount what overflows.
  ///
  /// - Parameters:
  ///   - volume: `GROUP/NAME`.
  ///   - name: Of the volume snapshot, in the same group.
  ///   - tag: That it has from the beginning.
  ///   - extents: The size of the store.
  /// - Returns: The command.
  package static func thickSnapshot(
    of volume: String,
    named name: String,
    tag: String,
    extents: UInt64
  ) -> Command {
    Command(
      "lvcreate",
      arguments: creating + ["--monitor", "n", "--extents", "\(extents)"]
        + ["--addtag", tag, "--name", name, volume]
    )
  }

  /// Takes a volume snapshot in the thin pool of `volume`, active at once.
  ///
  /// - Parameters:
  ///   - volume: `GROUP/NAME`.
  ///   - name: Of the volume snapshot, in the same group.
  ///   - tag: That it has from the beginning.
  /// - Returns: The command. With a size it would be a thick one.
  package static func thinSnapshot(of volume: String, named name: String, tag: String) -> Command {
    Command(
      "lvcreate",
      arguments: creating + ["--setactivationskip", "n", "--activate", "y"]
        + ["--addtag", tag, "--name", name, volume]
    )
  }

  private static let creating = ["--yes", "--quiet", "--autobackup", "n", "--snapshot"]

  /// Makes the store of a thick volume snapshot larger.
  ///
  /// - Parameters:
  ///   - volume: `GROUP/NAME`.
  ///   - extents: How many more.
  /// - Returns: The command.
  package static func extend(_ volume: String, byExtents extents: UInt64) -> Command {
    Command("lvextend", "--yes", "--quiet", "--extents", "+\(extents)", volume)
  }

  /// Removes a logical volume, if it still has that uuid and that tag when it is locked for that;
  /// otherwise does nothing.
  ///
  /// - Parameters:
  ///   - volume: `GROUP/NAME`.
  ///   - uuid: Its own.
  ///   - tag: One of its tags.
  /// - Returns: The command.
  package static func remove(_ volume: String, uuid: String, tag: String) -> Command {
    let selection = "lv_uuid=\"\(uuid)\" && lv_tags=\"\(tag)\""
    return Command("lvremove", "--yes", "--quiet", "--select", selection, volume)
  }

  /// Loads the device of a logical volume anew from LVM's metadata, and lets it go on if it is
  /// suspended.
  package static func refresh(_ volume: String) -> Command {
    Command("lvchange", "--yes", "--quiet", "--refresh", volume)
  }

  // MARK: The device mapper

  /// Lets a suspended device go on.
  package static func resume(device name: String) -> Command {
    Command("dmsetup", "resume", name)
  }

  /// Asks how full a thick volume snapshot is.
  ///
  /// - Parameter name: Of its device, see ``deviceName(group:name:)``.
  /// - Returns: The command; ``SnapshotFill/init(parsing:)`` reads its output.
  package static func fill(ofDevice name: String) -> Command {
    Command("dmsetup", "status", name)
  }

  /// Waits until udev is done with what has happened so far.
  package static var settle: Command { Command("udevadm", "settle", "--timeout=10") }

  /// What the device mapper calls a logical volume: dashes within names are doubled.
  package static func deviceName(group: String, name: String) -> String {
    func doubled(_ text: String) -> String {
      text.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "--")
    }
    return "\(doubled(group))-\(doubled(name))"
  }
}

/// How full the store of a thick volume snapshot is.
package enum SnapshotFill: Hashable, Sendable {
  /// From 0 to 1.
  case used(Double)
  /// It overflowed: nothing can be read any more.
  case invalid

  /// Reads `START LENGTH snapshot USED/SIZE METADATA` or `… snapshot Invalid`; nil for anything
  /// else.
  package init?(parsing output: [UInt8]) {
    let words = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count >= 4, words[2] == "snapshot" else { return nil }
    let parts = words[3].split(separator: "/").compactMap { Double($0) }
    if parts.count == 2, parts[1] > 0 {
      self = .used(parts[0] / parts[1])
    } else if ["Invalid", "Overflow", "Merge"].contains(words[3]) {
      self = .invalid
    } else {
      return nil
    }
  }
}
