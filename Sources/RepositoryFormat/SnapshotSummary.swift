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

  package init(backupStart: NodeTime, backupEnd: NodeTime) {
    self.backupStart = backupStart
    self.backupEnd = backupEnd
  }
}
