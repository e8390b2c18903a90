/// What a backup counted.
package struct SnapshotSummary: Hashable, Sendable {
  package var backupStart: NodeTime
  package var backupEnd: NodeTime
  package var filesNew: UInt64 = 0
  package var filesChanged: UInt64 = 0
  package var filesUnmodified: UInt64 = 0
  package var dirsNew: UInt64 = 0
  package var dirsChanged: UInt64 = 0
  package var dirsUnmodified: UInt64 = 0
  /// New data blobs.
  package var dataBlobs: UInt64 = 0
  /// New tree blobs.
  package var treeBlobs: UInt64 = 0
  /// Plaintext bytes of the new blobs.
  package var dataAdded: UInt64 = 0
  /// Bytes that the new blobs take in the repository.
  package var dataAddedPacked: UInt64 = 0
  package var totalFilesProcessed: UInt64 = 0
  package var totalBytesProcessed: UInt64 = 0
  /// Members that we don't know, kept as they were.
  package var unknown: [JSONMember] = []

  package init(backupStart: NodeTime, backupEnd: NodeTime) {
    self.backupStart = backupStart
    self.backupEnd = backupEnd
  }

  /// Reads a summary; nil for `null`.
  init?(_ reader: inout JSONReader) throws(FormatError) {
    let never = NodeTime(seconds: 0, nanoseconds: 0)
    self.init(backupStart: never, backupEnd: never)
    guard try reader.enterObject() else { return nil }
    while let key = try reader.nextKey() {
      switch key {
      case "backup_start": backupStart = try reader.time()
      case "backup_end": backupEnd = try reader.time()
      case "files_new": filesNew = try reader.unsigned()
      case "files_changed": filesChanged = try reader.unsigned()
      case "files_unmodified": filesUnmodified = try reader.unsigned()
      case "dirs_new": dirsNew = try reader.unsigned()
      case "dirs_changed": dirsChanged = try reader.unsigned()
      case "dirs_unmodified": dirsUnmodified = try reader.unsigned()
      case "data_blobs": dataBlobs = try reader.unsigned()
      case "tree_blobs": treeBlobs = try reader.unsigned()
      case "data_added": dataAdded = try reader.unsigned()
      case "data_added_packed": dataAddedPacked = try reader.unsigned()
      case "total_files_processed": totalFilesProcessed = try reader.unsigned()
      case "total_bytes_processed": totalBytesProcessed = try reader.unsigned()
      default: unknown.append(try reader.member(key))
      }
    }
  }
}

extension ByteWriter {
  mutating func append(json summary: SnapshotSummary) {
    append(#"{"backup_start":"#)
    append(json: summary.backupStart)
    append(#","backup_end":"#)
    append(json: summary.backupEnd)
    let counts: [(StaticString, UInt64)] = [
      (#","files_new":"#, summary.filesNew),
      (#","files_changed":"#, summary.filesChanged),
      (#","files_unmodified":"#, summary.filesUnmodified),
      (#","dirs_new":"#, summary.dirsNew),
      (#","dirs_changed":"#, summary.dirsChanged),
      (#","dirs_unmodified":"#, summary.dirsUnmodified),
      (#","data_blobs":"#, summary.dataBlobs),
      (#","tree_blobs":"#, summary.treeBlobs),
      (#","data_added":"#, summary.dataAdded),
      (#","data_added_packed":"#, summary.dataAddedPacked),
      (#","total_files_processed":"#, summary.totalFilesProcessed),
      (#","total_bytes_processed":"#, summary.totalBytesProcessed),
    ]
    for (key, count) in counts {
      append(key)
      append(decimal: count)
    }
    append(members: summary.unknown)
    append("}")
  }
}
