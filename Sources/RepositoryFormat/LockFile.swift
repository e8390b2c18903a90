/// A lock: who works in a repository, and whether alone.
package struct LockFile: Hashable, Sendable {
  package var time: NodeTime
  package var exclusive: Bool
  package var hostname: String
  package var username: String
  package var pid: Int
  package var userID: UInt32
  package var groupID: UInt32

  package init(
    time: NodeTime,
    exclusive: Bool,
    hostname: String,
    username: String,
    pid: Int,
    userID: UInt32,
    groupID: UInt32
  ) {
    self.time = time
    self.exclusive = exclusive
    self.hostname = hostname
    self.username = username
    self.pid = pid
    self.userID = userID
    self.groupID = groupID
  }

  /// Reads a lock.
  ///
  /// - Throws: ``FormatError`` when it is none.
  package init(parsing json: [UInt8]) throws(FormatError) {
    throw FormatError("lock", "comes next")
  }

  /// Returns the JSON.
  package func encoded() -> [UInt8] { [] }
}
