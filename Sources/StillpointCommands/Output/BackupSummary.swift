import BackupFlow
import Machine
import Planning
import Quiescing
import RepositoryFormat

/// What a backup did, in restic's words and then in ours.
struct BackupSummary {
  /// Of the paths below the grade so many are named; scripts get all of them in the JSON.
  private static let namedMax = 20
  private static let applicationsMax = 10

  let report: BackupReport
  let duration: Duration
  let isDryRun: Bool

  func lines(isVerbose: Bool) -> [String] {
    let counts = report.summary
    func row(_ title: String, _ new: UInt64, _ changed: UInt64, _ unmodified: UInt64) -> String {
      "\(title.aligned(left: 12)) \("\(new)".aligned(right: 5)) new, "
        + "\("\(changed)".aligned(right: 5)) changed, "
        + "\("\(unmodified)".aligned(right: 5)) unmodified"
    }
    var lines = parentLines
    lines += [
      "",
      row("Files:", counts.filesNew, counts.filesChanged, counts.filesUnmodified),
      row("Dirs:", counts.dirsNew, counts.dirsChanged, counts.dirsUnmodified),
    ]
    if isVerbose {
      lines.append("Data Blobs:  \("\(counts.dataBlobs)".aligned(right: 5)) new")
      lines.append("Tree Blobs:  \("\(counts.treeBlobs)".aligned(right: 5)) new")
    }
    let verb = isDryRun ? "Would add" : "Added"
    let added = Quantity.bytes(counts.dataAdded).aligned(left: 5)
    let stored = Quantity.bytes(counts.dataAddedPacked).aligned(left: 5)
    lines += ["\(verb) to the repository: \(added) (\(stored) stored)", ""]
    let processed = Quantity.bytes(counts.totalBytesProcessed)
    lines.append(
      "processed \(counts.totalFilesProcessed) files, \(processed) in \(Quantity.time(duration))"
    )
    if report.origin == .files {
      lines.append("read \(Quantity.bytes(report.bytesRead)) from changed files")
      lines += stillnessLines
      lines += report.verdicts.map { VerdictText($0).line }
    }
    if let snapshot = report.snapshot {
      lines.append("snapshot \(snapshot.digest.short) saved")
    } else if !isDryRun {
      lines.append("skipped creating snapshot")
    }
    return lines
  }

  private var parentLines: [String] {
    if report.origin == .standardInput { return [] }
    return [
      report.parent.map { "using parent snapshot \($0.digest.short)" }
        ?? "no parent snapshot found, will read all files"
    ]
  }

  private var stillnessLines: [String] {
    var lines = ["grade \(report.grade.rawValue), as of \(Moment(report.instant).long)"]
    if let pause = report.pause {
      func part(_ name: String, _ time: Duration) -> String {
        "\(name) \(Quantity.milliseconds(time))"
      }
      lines.append(
        "held \(report.writersHeld) \(report.writersHeld == 1 ? "writer" : "writers") "
          + "for \(Quantity.milliseconds(pause.total)): "
          + [
            part("stopping", pause.stopping), part("flush", pause.flushing),
            part("snapshot", pause.snapshotting), part("release", pause.releasing),
          ].joined(separator: ", ")
      )
    }
    lines += applicationLines
    for item in report.belowGrade.prefix(Self.namedMax) {
      let reason = item.reason.isEmpty ? "" : ": \(item.reason)"
      lines.append("  \(item.grade.rawValue.aligned(left: 8)) \(quoted(item.path.bytes))\(reason)")
    }
    let others = report.belowGrade.count - Self.namedMax
    if others > 0 { lines.append("  and \(others) more") }
    return lines
  }

  /// Those that were held; the others are among the paths below the grade.
  private var applicationLines: [String] {
    let held = (report.applications ?? []).compactMap { found in
      found.held.map { (found.application, $0) }
    }
    var lines = held.prefix(Self.applicationsMax).map { application, length in
      "\(application.kind) \(quoted(application.path.bytes)) held for "
        + Quantity.milliseconds(length)
    }
    if held.count > lines.count { lines.append("and \(held.count - lines.count) more") }
    return lines
  }

  var json: JSONObject {
    let counts = report.summary
    var object = JSONObject()
    object.add("message_type", "summary")
    object.add("files_new", counts.filesNew)
    object.add("files_changed", counts.filesChanged)
    object.add("files_unmodified", counts.filesUnmodified)
    object.add("dirs_new", counts.dirsNew)
    object.add("dirs_changed", counts.dirsChanged)
    object.add("dirs_unmodified", counts.dirsUnmodified)
    object.add("data_blobs", counts.dataBlobs)
    object.add("tree_blobs", counts.treeBlobs)
    object.add("data_added", counts.dataAdded)
    object.add("data_added_packed", counts.dataAddedPacked)
    object.add("total_files_processed", counts.totalFilesProcessed)
    object.add("total_bytes_processed", counts.totalBytesProcessed)
    object.add("total_duration", duration)
    object.add("backup_start", formatRFC3339Nano(counts.backupStart))
    object.add("backup_end", formatRFC3339Nano(counts.backupEnd))
    if let snapshot = report.snapshot { object.add("snapshot_id", snapshot.digest.hex) }
    if isDryRun { object.add("dry_run", true) }
    if report.origin == .files, !CalledName.isRestic { object.add("stillpoint", stillness) }
    return object
  }

  private var stillness: JSONObject {
    var object = JSONObject()
    object.add("grade", report.grade.rawValue)
    object.add("instant", formatRFC3339Nano(report.instant))
    if let pause = report.pause {
      object.add("pause_ms", pause.total * 1000)
      var parts = JSONObject()
      parts.add("stopping_ms", pause.stopping * 1000)
      parts.add("flush_ms", pause.flushing * 1000)
      parts.add("snapshot_ms", pause.snapshotting * 1000)
      parts.add("release_ms", pause.releasing * 1000)
      object.add("pause", parts)
      object.add("writers_held", report.writersHeld)
    }
    if let applications = report.applications {
      object.add("applications", applications.map(json(of:)))
    }
    object.add("bytes_read", report.bytesRead)
    object.add(
      "below_grade",
      report.belowGrade.map { item in
        var entry = JSONObject()
        entry.add("path", TextBytes(item.path.bytes))
        entry.add("grade", item.grade.rawValue)
        entry.add("reason", item.reason)
        return entry
      }
    )
    if !report.verdicts.isEmpty {
      object.add("verdicts", report.verdicts.map { VerdictText($0).json })
    }
    return object
  }

  private func json(of found: ApplicationResult) -> JSONObject {
    var entry = JSONObject()
    entry.add("kind", found.application.kind)
    entry.add("path", TextBytes(found.path.bytes))
    if let held = found.held { entry.add("held_ms", held * 1000) }
    if let reason = found.reason { entry.add("reason", reason) }
    return entry
  }
}
