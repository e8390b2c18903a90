import RepositoryEngine
import RepositoryFormat

extension StoredSnapshot {
  /// The snapshot in one line, as `restore` and `ls` announce it.
  var headline: String {
    let paths = file.paths.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    return "snapshot \(id.digest.short) of [\(paths)] at \(Moment(file.time).long) "
      + "by \(file.username)@\(file.hostname)"
  }

  /// The snapshot's JSON, then `id` and `short_id`; as restic, without what only we know.
  var json: JSONObject {
    var file = file
    if CalledName.isRestic { file.stillpoint = nil }
    var object = JSONObject(extending: file.encoded())
    object.add("id", id.digest.hex)
    object.add("short_id", id.digest.short)
    return object
  }
}

/// A table of snapshots.
struct SnapshotTable {
  let snapshots: [StoredSnapshot]
  let isCompact: Bool
  /// Why each snapshot is kept; nil when that isn't shown.
  var reasons: [[String]]?
  /// Columns there are; nil for any number.
  var widthMax: Int?

  var lines: [String] {
    let hasGrades =
      !isCompact && !CalledName.isRestic && snapshots.contains { $0.file.stillpoint != nil }
    let hasProofs = hasGrades && snapshots.contains { $0.file.stillpoint?.proof != nil }
    let graded = table(withGrade: hasGrades, proof: hasProofs)
    let fits = widthMax.map { graded.width <= $0 } ?? true
    let table = fits ? graded : table(withGrade: false)
    return table.lines + ["Timestamps shown in local time", "\(snapshots.count) snapshots"]
  }

  private func table(withGrade hasGrade: Bool, proof hasProof: Bool = false) -> Table {
    let hasSize = snapshots.contains { $0.file.summary != nil }
    let reasons = isCompact ? nil : reasons
    var table = Table(
      ["ID", "Time"] + (isCompact ? ["Host", "Tags  "] : ["Host      ", "Tags      "])
        + (reasons == nil ? [] : ["Reasons"]) + (isCompact ? [] : ["Paths"])
        + (hasSize ? ["Size"] : []) + (hasGrade ? ["Grade"] : [])
        + (hasProof ? ["Databases"] : [])
    )
    table.separatesRows = !isCompact && snapshots.contains { $0.file.paths.count > 1 }
    for (position, snapshot) in snapshots.enumerated() {
      let file = snapshot.file
      var cells = [[snapshot.id.digest.short], [Moment(file.time).short], [file.hostname]]
      cells.append(isCompact ? file.tags : [file.tags.joined(separator: ",")])
      if let reasons { cells.append(reasons[position]) }
      if !isCompact { cells.append(file.paths.map(quoted).sorted()) }
      if hasSize {
        cells.append(file.summary.map { [Quantity.bytes($0.totalBytesProcessed)] } ?? [])
      }
      if hasGrade { cells.append(file.stillpoint.map { [$0.grade] } ?? []) }
      if hasProof { cells.append(file.stillpoint?.proof.map { [$0] } ?? []) }
      table.add(cells)
    }
    return table
  }
}
