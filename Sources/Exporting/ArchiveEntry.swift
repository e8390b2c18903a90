import CArchive
import RepositoryFormat

/// Makes libarchive's description of a node; the caller frees it.
///
/// - Throws: ``ArchiveError`` when memory is lacking.
func makeEntry(_ node: Node, at path: [UInt8], size: UInt64) throws -> OpaquePointer {
  guard let entry = archive_entry_new() else { throw ArchiveError(reason: "out of memory") }
  withText(path) { archive_entry_copy_pathname(entry, $0) }
  archive_entry_set_mode(entry, typeBits(of: node.type) | permissions(fromGo: node.mode))
  archive_entry_set_uid(entry, Int64(node.userID))
  archive_entry_set_gid(entry, Int64(node.groupID))
  if !node.user.isEmpty { withText(node.user) { archive_entry_copy_uname(entry, $0) } }
  if !node.group.isEmpty { withText(node.group) { archive_entry_copy_gname(entry, $0) } }
  let time = node.modified
  archive_entry_set_mtime(entry, Int(time.seconds), Int(time.nanoseconds))
  archive_entry_set_size(entry, Int64(clamping: size))
  switch node.type {
  case .symlink: withText(node.linkTarget) { archive_entry_copy_symlink(entry, $0) }
  case .dev, .chardev: archive_entry_set_rdev(entry, UInt(node.device))
  case .file, .dir, .fifo, .socket, .irregular: break
  }
  for attribute in node.attributes { add(attribute, to: entry) }
  return entry
}

/// Adds an attribute; libarchive writes names with other characters than those of ASCII that
/// can be seen percent-encoded.
private func add(_ attribute: NodeAttribute, to entry: OpaquePointer) {
  if let list = AccessControlList(attribute) {
    let type = list.isDefault ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : ARCHIVE_ENTRY_ACL_TYPE_ACCESS
    for item in list.items {
      let id = item.id.map { CInt(truncatingIfNeeded: $0) } ?? -1
      archive_entry_acl_add_entry(entry, type, CInt(item.permissions), item.tag, id, nil)
    }
  } else {
    withText(attribute.name) { name in
      attribute.value.withUnsafeBytes {
        archive_entry_xattr_add_entry(entry, name, $0.baseAddress, $0.count)
      }
    }
  }
}

/// Calls `body` with `bytes` as C has text.
private func withText(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Void) {
  (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { text in
    if let start = text.baseAddress { body(start) }
  }
}
