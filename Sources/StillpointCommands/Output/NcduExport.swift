import RepositoryFormat

/// Writes a snapshot as ncdu's export format has it, for `ncdu -f -`.
///
/// Source: https://dev.yorhel.nl/ncdu/jsonfmt, version 1.2.
final class NcduExport {
  private let output: Output
  private var depth = 0

  init(output: Output) { self.output = output }

  /// - Parameter snapshot: The JSON of the snapshot.
  func begin(_ snapshot: [UInt8]) {
    depth += 1
    write("[1, 2, " + String(decoding: snapshot, as: UTF8.self) + ", [{\"name\":\"/\"}")
  }

  /// - Throws: ``OutputClosed`` once nobody reads any more.
  func show(_ item: ListItem) throws {
    if output.hasFailed { try output.check() }
    write(",\n\(indentation)")
    if item.node.type == .dir {
      depth += 1
      write("[\n\(indentation)")
    }
    output.write(json(item.node).bytes, isLast: false)
  }

  func leave() {
    depth -= 1
    write("\n\(indentation)]")
  }

  func finish() { write("\n]\n]\n") }

  private var indentation: String { String(repeating: "  ", count: depth) }

  private func write(_ text: String) { output.write(Array(text.utf8), isLast: false) }

  private func json(_ node: Node) -> JSONObject {
    let size = node.type == .file ? node.size : 0
    let block: UInt64 = 512
    var object = JSONObject()
    object.add("name", TextBytes(node.name))
    object.add("asize", size)
    object.add("dsize", (size / block + (size % block > 0 ? 1 : 0)) * block)
    object.add("dev", node.deviceID)
    object.add("ino", node.inode)
    object.add("nlink", node.links)
    object.add("notreg", node.type != .dir && node.type != .file)
    object.add("uid", node.userID)
    object.add("gid", node.groupID)
    object.add("mode", permissions(fromGo: node.mode))
    // ncdu allows no times before 1970.
    object.add("mtime", UInt64(max(0, node.modified.seconds)))
    return object
  }
}
