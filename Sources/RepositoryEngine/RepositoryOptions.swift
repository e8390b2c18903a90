package import RepositoryFormat

/// How a repository is written.
package struct RepositoryOptions: Sendable {
  package var compression: CompressionLevel = .auto
  /// What a pack grows to before it is closed, in bytes: 4 to 128 MiB.
  package var packSize = 16 << 20
  package var lockTimes = LockTimes()
  /// An index file is written when it names so many blobs.
  package var indexBlobsMax = 50_000
  /// An index file is written when its first pack is so old.
  package var indexAgeMax: Duration = .seconds(10 * 60)

  package init() {}
}
