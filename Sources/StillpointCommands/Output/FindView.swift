import RepositoryEngine
import RepositoryFormat

/// Shows what a search finds, in restic's forms.
final class FindView {
  private let output: Output
  private let form: Listing.Form
  /// The snapshot of the last node that was shown.
  private var last: StoredSnapshot?
  /// How many were shown of it, or objects in all.
  private var hits = 0
  private var hasBegun = false

  init(output: Output, form: Listing.Form) {
    self.output = output
    self.form = form
  }

  /// Shows a node.
  ///
  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ item: ListItem, in snapshot: StoredSnapshot) throws {
    if output.hasFailed { try output.check() }
    guard output.isJSON else {
      if last?.id != snapshot.id {
        if last != nil { output.say("") }
        let time = Moment(snapshot.file.time).short
        output.say(
          "Found matching entries in snapshot \(snapshot.id.digest.short) from \(time)"
        )
      }
      last = snapshot
      return try Listing(output: output, form: form).show(item)
    }
    begin()
    if last?.id != snapshot.id {
      if let last { write(end(of: last) + ",") }
      write("{\"matches\":[")
      hits = 0
    }
    last = snapshot
    element(json(item))
  }

  /// Shows where a blob or a tree was found.
  ///
  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ found: FoundObject, in snapshot: StoredSnapshot) throws {
    if output.hasFailed { try output.check() }
    let kind = found.type == .data ? "blob" : "tree"
    guard output.isJSON else {
      say("Found \(kind) \(found.id.digest.hex)")
      let path = output.isTerminal ? Array(quoted(found.path).utf8) : found.path
      let label = found.type == .data ? " ... in file " : " ... path "
      output.line(Array(label.utf8) + path, isLast: false)
      if let parent = found.parent { say("     (tree \(parent.digest.hex))") }
      let time = Moment(snapshot.file.time).short
      return say(" ... in snapshot \(snapshot.id.digest.short) (\(time))")
    }
    begin()
    var object = JSONObject()
    object.add("object_type", kind)
    object.add("id", found.id.digest.hex)
    object.add("path", TextBytes(found.path))
    if let parent = found.parent { object.add("parent_tree", parent.digest.hex) }
    object.add("snapshot", snapshot.id.digest.hex)
    object.add("time", formatRFC3339Nano(snapshot.file.time))
    element(object)
  }

  /// Says that nothing can be found below a tree.
  func show(unreadable tree: BlobID, of snapshot: StoredSnapshot, _ error: RepositoryError) {
    output.error([
      "Unable to load tree \(tree.digest.hex)",
      " ... which belongs to snapshot \(snapshot.id.digest.hex)",
      " ... because \(ErrorText(error).line)",
    ])
  }

  /// Says that there is no more.
  func finish() {
    guard output.isJSON else { return }
    begin()
    if let last { write(end(of: last)) }
    write("]\n")
  }

  /// Shows a line for people, also with `--json`.
  func say(_ line: String) { output.line(Array(line.utf8), isLast: false) }

  private func begin() {
    if !hasBegun { write("[") }
    hasBegun = true
  }

  private func end(of snapshot: StoredSnapshot) -> String {
    "],\"hits\":\(hits),\"snapshot\":\"\(snapshot.id.digest.hex)\"}"
  }

  private func element(_ object: JSONObject) {
    if hits > 0 { write(",") }
    output.write(object.bytes, isLast: false)
    hits += 1
  }

  private func write(_ text: String) { output.write(Array(text.utf8), isLast: false) }

  private func json(_ item: ListItem) -> JSONObject {
    let node = item.node
    var object = JSONObject()
    object.add("path", TextBytes(item.path))
    object.add("permissions", goModeText(node.mode))
    object.add("type", node.type.rawValue)
    object.add(unlessZero: "mode", UInt64(node.mode))
    object.add("mtime", formatRFC3339Nano(node.modified))
    object.add("atime", formatRFC3339Nano(node.accessed))
    object.add("ctime", formatRFC3339Nano(node.changed))
    object.add("uid", node.userID)
    object.add("gid", node.groupID)
    if !node.user.isEmpty { object.add("user", TextBytes(node.user)) }
    if !node.group.isEmpty { object.add("group", TextBytes(node.group)) }
    object.add(unlessZero: "inode", node.inode)
    object.add(unlessZero: "device_id", node.deviceID)
    object.add(unlessZero: "size", node.size)
    object.add(unlessZero: "links", node.links)
    if !node.linkTarget.isEmpty { object.add("linktarget", TextBytes(node.linkTarget)) }
    return object
  }
}
