/// What a snapshot file says: a tree, where it was taken, and when.
package struct SnapshotFile: Hashable, Sendable {
  /// The instant the snapshot describes, in the writer's zone.
  package var time: NodeTime
  /// The snapshot that changes were found against.
  package var parent: SnapshotID?
  package var tree: BlobID
  /// Absolute paths, as bytes, in the order given.
  package var paths: [[UInt8]]
  package var hostname = ""
  package var username = ""
  package var userID: UInt32 = 0
  package var groupID: UInt32 = 0
  package var excludes: [String] = []
  package var tags: [String] = []
  /// The first version of a snapshot that was changed.
  package var original: SnapshotID?
  package var programVersion = ""
  package var summary: SnapshotSummary?
  /// How still the backup was; our own.
  package var stillpoint: StillpointRecord?
  /// Members that we don't know, kept as they were.
  package var unknown: [JSONMember] = []

  package init(time: NodeTime, tree: BlobID, paths: [[UInt8]]) {
    self.time = time
    self.tree = tree
    self.paths = paths
  }

  /// Reads a snapshot.
  ///
  /// - Throws: ``FormatError`` when it is none.
  package init(parsing json: [UInt8]) throws(FormatError) {
    self = try json.withBytes { (bytes) throws(FormatError) in
      var reader = JSONReader(bytes, subject: "snapshot")
      let file = try SnapshotFile(&reader)
      try reader.finish()
      return file
    }
  }

  private init(_ reader: inout JSONReader) throws(FormatError) {
    var time: NodeTime?
    var tree: BlobID?
    var file = SnapshotFile(
      time: NodeTime(seconds: 0, nanoseconds: 0),
      tree: BlobID(Digest(words: (0, 0, 0, 0))),
      paths: []
    )
    guard try reader.enterObject() else { throw reader.failure("no snapshot") }
    while let key = try reader.nextKey() {
      switch key {
      case "time": time = try reader.time()
      case "parent": file.parent = try reader.optionalDigest().map(SnapshotID.init)
      case "tree": tree = try reader.optionalDigest().map(BlobID.init)
      case "paths": file.paths = try reader.strings()
      case "hostname": file.hostname = try reader.text()
      case "username": file.username = try reader.text()
      case "uid": file.userID = try reader.unsigned()
      case "gid": file.groupID = try reader.unsigned()
      case "excludes": file.excludes = try reader.texts()
      case "tags": file.tags = try reader.texts()
      case "original": file.original = try reader.optionalDigest().map(SnapshotID.init)
      case "program_version": file.programVersion = try reader.text()
      case "summary": file.summary = try SnapshotSummary(&reader)
      case "stillpoint": file.stillpoint = try StillpointRecord(&reader)
      default: file.unknown.append(try reader.member(key))
      }
    }
    guard let time, let tree else { throw reader.failure("snapshot without a time or a tree") }
    file.time = time
    file.tree = tree
    self = file
  }

  /// Returns the JSON, with restic's keys first and in restic's order.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(#"{"time":"#)
    writer.append(json: time)
    writer.appendMember(#","parent":"#, parent?.digest)
    writer.appendMember(#","tree":"#, tree.digest)
    writer.append(#","paths":"#)
    writer.append(array: paths) { $0.append(json: $1) }
    writer.appendMember(#","hostname":"#, hostname)
    writer.appendMember(#","username":"#, username)
    writer.appendMember(#","uid":"#, userID)
    writer.appendMember(#","gid":"#, groupID)
    writer.appendMember(#","excludes":"#, excludes)
    writer.appendMember(#","tags":"#, tags)
    writer.appendMember(#","original":"#, original?.digest)
    writer.appendMember(#","program_version":"#, programVersion)
    if let summary {
      writer.append(#","summary":"#)
      writer.append(json: summary)
    }
    if let stillpoint {
      writer.append(#","stillpoint":"#)
      writer.append(json: stillpoint)
    }
    writer.append(members: unknown)
    writer.append("}")
    return writer.copied()
  }
}

// Members that are left out when they are empty.
extension ByteWriter {
  mutating func appendMember(_ key: StaticString, _ digest: Digest?) {
    guard let digest else { return }
    append(key)
    append(json: digest)
  }

  mutating func appendMember(_ key: StaticString, _ text: String) {
    guard !text.isEmpty else { return }
    append(key)
    append(json: text)
  }

  mutating func appendMember(_ key: StaticString, _ number: UInt32) {
    guard number != 0 else { return }
    append(key)
    append(decimal: UInt64(number))
  }

  mutating func appendMember(_ key: StaticString, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    append(key)
    append(array: texts) { $0.append(json: $1) }
  }
}
