import CArchive
import RepositoryFormat

/// A POSIX access control list, as Linux stores it in an extended attribute.
///
///     version   UInt32, 2
///     entries   tag UInt16, permissions UInt16, id UInt32
///
/// Integers are little-endian. Source: linux/posix_acl_xattr.h.
struct AccessControlList {
  struct Item {
    /// Of libarchive.
    var tag: CInt
    /// Read, write and execute: 4, 2 and 1.
    var permissions: UInt32
    /// Of the user or group that is meant, if one is.
    var id: UInt32?
  }

  /// Whether it is for what will be made in a folder.
  let isDefault: Bool
  private(set) var items: [Item] = []

  /// Nil for other attributes, and for lists that aren't well-formed.
  init?(_ attribute: NodeAttribute) {
    switch attribute.name {
    case Array("system.posix_acl_access".utf8): isDefault = false
    case Array("system.posix_acl_default".utf8): isDefault = true
    default: return nil
    }
    let bytes = attribute.value
    guard bytes.count >= 4, bytes.count % 8 == 4 else { return nil }
    func number(at start: Int, size: Int) -> UInt32 {
      bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard number(at: 0, size: 4) == 2 else { return nil }
    for start in stride(from: 4, to: bytes.count, by: 8) {
      let tag = number(at: start, size: 2)
      guard let (found, isNamed) = Self.tags[tag] else { return nil }
      let id = isNamed ? number(at: start + 4, size: 4) : nil
      items.append(Item(tag: found, permissions: number(at: start + 2, size: 2) & 7, id: id))
    }
  }

  private static let tags: [UInt32: (CInt, isNamed: Bool)] = [
    0x01: (ARCHIVE_ENTRY_ACL_USER_OBJ, false), 0x02: (ARCHIVE_ENTRY_ACL_USER, true),
    0x04: (ARCHIVE_ENTRY_ACL_GROUP_OBJ, false), 0x08: (ARCHIVE_ENTRY_ACL_GROUP, true),
    0x10: (ARCHIVE_ENTRY_ACL_MASK, false), 0x20: (ARCHIVE_ENTRY_ACL_OTHER, false),
  ]
}
