import RepositoryEngine
import RepositoryFormat

/// Shows how two snapshots differ, in restic's forms.
struct DifferenceView {
  let output: Output

  func begin(_ old: StoredSnapshot, _ new: StoredSnapshot) {
    output.say("comparing snapshot \(old.id.digest.short) to \(new.id.digest.short):\n")
  }

  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ event: DifferenceEvent) throws {
    switch event {
    case .change(let path, let marks): try show(path, marks)
    case .problem(let error): output.error(["error: \(ErrorText(error).line)"])
    }
  }

  func finish(_ difference: SnapshotDifference, from old: String, to new: String) {
    let (added, removed) = (difference.added, difference.removed)
    if output.isJSON {
      var object = JSONObject()
      object.add("message_type", "statistics")
      object.add("source_snapshot", old)
      object.add("target_snapshot", new)
      object.add("changed_files", difference.changedFiles)
      object.add("added", json(added))
      object.add("removed", json(removed))
      return output.json(object)
    }
    func row(_ title: String, _ new: Int, _ gone: Int) -> String {
      title.aligned(left: 13) + "\("\(new)".aligned(right: 5)) new, "
        + "\("\(gone)".aligned(right: 5)) removed"
    }
    let changed = "\(difference.changedFiles)".aligned(right: 5)
    let lines = [
      "", row("Files:", added.files, removed.files) + ", \(changed) changed",
      row("Dirs:", added.folders, removed.folders), row("Others:", added.others, removed.others),
      row("Data Blobs:", added.dataBlobs, removed.dataBlobs),
      row("Tree Blobs:", added.treeBlobs, removed.treeBlobs),
      "  Added:   \(Quantity.bytes(added.bytes).aligned(left: 5))",
      "  Removed: \(Quantity.bytes(removed.bytes).aligned(left: 5))",
    ]
    for line in lines { output.line(Array(line.utf8), isLast: false) }
  }

  private func show(_ path: [UInt8], _ marks: String) throws {
    if output.hasFailed { try output.check() }
    if output.verbosity == .quiet { return }
    if output.isJSON {
      var object = JSONObject()
      object.add("message_type", "change")
      object.add("path", TextBytes(path))
      object.add("modifier", marks)
      return output.line(object.bytes, isLast: false)
    }
    // What a terminal would obey instead of showing is quoted.
    let shown = output.isTerminal ? Array(quoted(path).utf8) : path
    output.line(Array(marks.aligned(left: 5).utf8) + shown, isLast: false)
  }

  private func json(_ counts: DifferenceCounts) -> JSONObject {
    var object = JSONObject()
    object.add("files", counts.files)
    object.add("dirs", counts.folders)
    object.add("others", counts.others)
    object.add("data_blobs", counts.dataBlobs)
    object.add("tree_blobs", counts.treeBlobs)
    object.add("bytes", counts.bytes)
    return object
  }
}
