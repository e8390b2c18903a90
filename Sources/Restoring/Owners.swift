import Machine
import RepositoryFormat
import Synchronization

/// Who owns restored files.
final class Owners: Sendable {
  private let byName: Bool
  private let users = Mutex<[[UInt8]: UInt32]>([:])
  private let groups = Mutex<[[UInt8]: UInt32]>([:])

  init(byName: Bool) { self.byName = byName }

  /// The numbers of user and group.
  func owner(of node: Node) -> (userID: UInt32, groupID: UInt32) {
    guard byName else { return (node.userID, node.groupID) }
    return (
      Self.id(node.user, users) { OwnerNames.userID($0) },
      Self.id(node.group, groups) { OwnerNames.groupID($0) }
    )
  }

  private static func id(
    _ name: [UInt8],
    _ known: borrowing Mutex<[[UInt8]: UInt32]>,
    _ lookUp: ([UInt8]) -> UInt32?
  ) -> UInt32 {
    if let id = known.withLock({ $0[name] }) { return id }
    let id = lookUp(name) ?? 0
    known.withLock { $0[name] = id }
    return id
  }
}
