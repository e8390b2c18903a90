/// A logical volume as `lvs` describes it.
package struct LogicalVolume: Hashable, Sendable {
  package var group: String
  package var groupUUID: String
  package var name: String
  package var uuid: String
  package var sizeBytes: UInt64
  /// One letter for each property; see `lvs(8)`, "lv_attr".
  package var attributes: String
  package var tags: Set<String>
  /// Of a volume snapshot: what it was taken of.
  package var origin: String?
  package var originUUID: String?
  /// The thin pool that it lies in.
  package var pool: String?
  /// How full a thin pool or the store of a thick volume snapshot is; nil when it isn't active.
  package var dataPercent: Double?
  /// How full the metadata of a thin pool is.
  package var metadataPercent: Double?
  /// Whether a thin pool's metadata must be mended first.
  package var needsCheck: Bool

  package init(
    group: String,
    groupUUID: String = "",
    name: String,
    uuid: String,
    sizeBytes: UInt64,
    attributes: String = "-wi-ao----",
    tags: Set<String> = [],
    origin: String? = nil,
    originUUID: String? = nil,
    pool: String? = nil,
    dataPercent: Double? = nil,
    metadataPercent: Double? = nil,
    needsCheck: Bool = false
  ) {
    self.group = group
    self.groupUUID = groupUUID
    self.name = name
    self.uuid = uuid
    self.sizeBytes = sizeBytes
    self.attributes = attributes
    self.tags = tags
    self.origin = origin
    self.originUUID = originUUID
    self.pool = pool
    self.dataPercent = dataPercent
    self.metadataPercent = metadataPercent
    self.needsCheck = needsCheck
  }

  /// `GROUP/NAME`.
  package var path: String { "\(group)/\(name)" }

  package var isThinPool: Bool { attribute(0) == "t" }
  package var isThickSnapshot: Bool { ["s", "S"].contains(attribute(0)) }
  /// Whether it is a thick volume snapshot that overflowed.
  package var isInvalid: Bool { ["I", "S"].contains(attribute(4)) }
  /// Whether a thin pool can't store anything any more: full, failed, or read-only.
  package var isOutOfService: Bool { ["D", "F", "M"].contains(attribute(8)) }

  private func attribute(_ position: Int) -> Character? {
    attributes.dropFirst(position).first
  }

  /// Reads what ``LVM/volumes()`` prints; nil when it isn't that.
  package static func all(parsing output: [UInt8]) -> [LogicalVolume]? {
    rows(of: "lv", in: output)?.map { row in
      func text(_ field: String) -> String? {
        row[field]?.text.flatMap { $0.isEmpty ? nil : $0 }
      }
      return LogicalVolume(
        group: text("vg_name") ?? "",
        groupUUID: text("vg_uuid") ?? "",
        name: text("lv_name") ?? "",
        uuid: text("lv_uuid") ?? "",
        sizeBytes: text("lv_size").flatMap { UInt64($0) } ?? 0,
        attributes: text("lv_attr") ?? "",
        tags: Set((text("lv_tags") ?? "").split(separator: ",").map(String.init)),
        origin: text("origin"),
        originUUID: text("origin_uuid"),
        pool: text("pool_lv"),
        dataPercent: text("data_percent").flatMap { Double($0) },
        metadataPercent: text("metadata_percent").flatMap { Double($0) },
        needsCheck: text("lv_check_needed").map { $0 != "unknown" } ?? false
      )
    }
  }
}

/// A volume group as `vgs` describes it.
package struct VolumeGroup: Hashable, Sendable {
  package var name: String
  package var uuid: String
  package var extentBytes: UInt64
  package var extents: UInt64
  package var freeExtents: UInt64

  package init(
    name: String,
    uuid: String,
    extentBytes: UInt64,
    extents: UInt64,
    freeExtents: UInt64
  ) {
    self.name = name
    self.uuid = uuid
    self.extentBytes = extentBytes
    self.extents = extents
    self.freeExtents = freeExtents
  }

  /// Reads what ``LVM/groups()`` prints; nil when it isn't that.
  package static func all(parsing output: [UInt8]) -> [VolumeGroup]? {
    rows(of: "vg", in: output)?.map { row in
      func number(_ field: String) -> UInt64 { row[field]?.text.flatMap { UInt64($0) } ?? 0 }
      return VolumeGroup(
        name: row["vg_name"]?.text ?? "",
        uuid: row["vg_uuid"]?.text ?? "",
        extentBytes: number("vg_extent_size"),
        extents: number("vg_extent_count"),
        freeExtents: number("vg_free_count")
      )
    }
  }
}

/// The rows of `{"report": [{KIND: [ROW…]}…]}`.
private func rows(of kind: String, in output: [UInt8]) -> [ReportValue]? {
  guard let reports = ReportValue(parsing: output)?["report"] else { return nil }
  return reports.values.flatMap { $0[kind]?.values ?? [] }
}
