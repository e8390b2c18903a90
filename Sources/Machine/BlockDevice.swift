/// A block device and the devices that it lies on.
package struct BlockDevice: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case disk
    case partition
    /// A logical volume, its uuid as `lvs` writes it; `layer` is nil for what people use, else it
    /// names an inner part, such as `real`, `cow` or `tpool`.
    case logicalVolume(group: String, name: String, uuid: String, layer: String?)
    /// What cryptsetup maps, such as `LUKS`.
    case encrypted(String)
    /// Software RAID of that level.
    case raid(level: String)
    /// A file as a device.
    case loop(FilePath)
    /// What else is mapped, such as multipath.
    case mapped
  }

  /// As in `st_dev`.
  package var number: UInt64
  /// What people call it, such as `/dev/sda2` or `vg/home`.
  package var name: String
  package var kind: Kind
  package var below: [BlockDevice]

  package init(number: UInt64, name: String, kind: Kind, below: [BlockDevice] = []) {
    self.number = number
    self.name = name
    self.kind = kind
    self.below = below
  }
}

// MARK: Logical volumes

extension BlockDevice {
  /// Whether it is a part of a logical volume that isn't meant to be used by itself.
  package var isInnerLayer: Bool {
    if case .logicalVolume(_, _, _, let layer) = kind { layer != nil } else { false }
  }

  package var isLogicalVolume: Bool {
    if case .logicalVolume = kind { true } else { false }
  }

  /// Whether it is a thick volume snapshot of a logical volume.
  package var isThickSnapshot: Bool { below.contains { isOwnLayer($0, "cow") } }

  /// Whether thick volume snapshots of this logical volume exist.
  package var hasThickSnapshots: Bool { below.contains { isOwnLayer($0, "real") } }

  /// The thin pool of a thin logical volume, as `GROUP/NAME`; nil for others.
  package var thinPool: String? {
    for device in below {
      if case .logicalVolume(_, _, _, layer: "tpool") = device.kind { return device.name }
      if isOwnLayer(device, "real"), let pool = device.thinPool { return pool }
    }
    return nil
  }

  private func isOwnLayer(_ device: BlockDevice, _ layer: String) -> Bool {
    guard case .logicalVolume(_, _, let own, _) = kind,
      case .logicalVolume(_, _, own, layer: layer) = device.kind
    else { return false }
    return true
  }

  /// The first logical volume below it, or it itself.
  package var nearestLogicalVolume: BlockDevice? {
    isLogicalVolume ? self : below.lazy.compactMap(\.nearestLogicalVolume).first
  }
}

// MARK: For people

extension BlockDevice: CustomStringConvertible {
  /// Such as `vg/home (thin, pool vg/pool) on LUKS on /dev/sda2`.
  package var description: String {
    switch kind {
    case .disk, .partition: name
    case .logicalVolume:
      if isInnerLayer {
        grounds
      } else {
        name + (thinPool.map { " (thin, pool \($0))" } ?? "") + " on " + grounds
      }
    case .encrypted(let kind): "\(kind) on \(grounds)"
    case .raid(let level): "RAID (\(level)) of \(grounds)"
    case .loop(let file): "\(name) (\(file))"
    case .mapped: "\(name) on \(grounds)"
    }
  }

  /// What it lies on, each once.
  private var grounds: String {
    var seen: Set<String> = []
    let texts = below.map(\.description).filter { seen.insert($0).inserted }
    return texts.isEmpty ? "something unknown" : texts.joined(separator: " and ")
  }
}
