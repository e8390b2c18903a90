import RepositoryEngine
import RepositoryFormat

/// Shows a snapshot and its nodes line by line, in restic's forms.
struct Listing {
  enum Form: Hashable {
    case paths
    case long(hasUnits: Bool)
  }

  let output: Output
  let form: Form

  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ snapshot: StoredSnapshot, folders: [[UInt8]]) throws {
    guard output.isJSON else {
      let filters = folders.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
      output.say("\(snapshot.headline) filtered by [\(filters)]:")
      return try output.check()
    }
    var object = snapshot.json
    object.add("message_type", "snapshot")
    object.add("struct_type", "snapshot")
    try line(object.bytes)
  }

  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ item: ListItem) throws {
    if output.isJSON { return try line(json(item).bytes) }
    // What a terminal would obey instead of showing is quoted.
    let path = output.isTerminal ? Array(quoted(item.path).utf8) : item.path
    guard case .long(let hasUnits) = form else { return try line(path) }
    let node = item.node
    let size = hasUnits ? Quantity.bytes(node.size) : "\(node.size)".aligned(right: 6)
    let columns = [
      goModeText(node.mode), "\(node.userID)".aligned(right: 5),
      "\(node.groupID)".aligned(right: 5), size, Moment(node.modified).short,
    ]
    let target = node.linkTarget
    let link =
      node.type == .symlink
      ? Array(" -> ".utf8) + (output.isTerminal ? Array(quoted(target).utf8) : target) : []
    try line(Array((columns.joined(separator: " ") + " ").utf8) + path + link)
  }

  private func line(_ bytes: [UInt8]) throws {
    if output.hasFailed { try output.check() }
    output.line(bytes, isLast: false)
  }

  private func json(_ item: ListItem) -> JSONObject {
    let node = item.node
    var object = JSONObject()
    object.add("name", TextBytes(node.name))
    object.add("type", node.type.rawValue)
    object.add("path", TextBytes(item.path))
    object.add("uid", node.userID)
    object.add("gid", node.groupID)
    if node.type == .file { object.add("size", node.size) }
    object.add(unlessZero: "mode", UInt64(node.mode))
    object.add("permissions", goModeText(node.mode))
    object.add("mtime", formatRFC3339Nano(node.modified))
    object.add("atime", formatRFC3339Nano(node.accessed))
    object.add("ctime", formatRFC3339Nano(node.changed))
    object.add(unlessZero: "inode", node.inode)
    object.add("message_type", "node")
    object.add("struct_type", "node")
    return object
  }
}

/// Go's text for an `os.FileMode`, such as `drwxr-xr-x`.
func goModeText(_ mode: UInt32) -> String {
  let kinds = zip("dalTLDpSugct?", (19...31).reversed())
    .filter { mode & 1 << UInt32($0.1) != 0 }
    .map { String($0.0) }.joined()
  let permissions = zip("rwxrwxrwx", (0...8).reversed())
    .map { mode & 1 << UInt32($0.1) != 0 ? String($0.0) : "-" }.joined()
  return (kinds.isEmpty ? "-" : kinds) + permissions
}
