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
    self = try json.withBytes { (bytes) throws(FormatError) in
      var reader = JSONReader(bytes, subject: "lock")
      let file = try LockFile(&reader)
      try reader.finish()
      return file
    }
  }

  private init(_ reader: inout JSONReader) throws(FormatError) {
    var time: NodeTime?
    exclusive = false
    hostname = ""
    username = ""
    pid = 0
    userID = 0
    groupID = 0
    guard try reader.enterObject() else { throw reader.failure("no lock") }
    while let key = try reader.nextKey() {
      switch key {
      case "time": time = try reader.time()
      case "exclusive": exclusive = try reader.boolean()
      case "hostname": hostname = try reader.text()
      case "username": username = try reader.text()
      case "pid": pid = Int(try reader.signed())
      case "uid": userID = try reader.unsigned()
      case "gid": groupID = try reader.unsigned()
      default: try reader.skipValue()
      }
    }
    guard let time else { throw reader.failure("lock without a time") }
    self.time = time
  }

  /// Returns the JSON.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(#"{"time":"#)
    writer.append(json: time)
    writer.append(exclusive ? #","exclusive":true"# : #","exclusive":false"#)
    writer.append(#","hostname":"#)
    writer.append(json: hostname)
    writer.append(#","username":"#)
    writer.append(json: username)
    writer.append(#","pid":"#)
    writer.append(Array("\(pid)".utf8))
    writer.appendMember(#","uid":"#, userID)
    writer.appendMember(#","gid":"#, groupID)
    writer.append("}")
    return writer.copied()
  }
}
