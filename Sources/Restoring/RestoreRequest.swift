package import Machine
package import RepositoryFormat

/// What happens to files that exist already; the raw value is what users write.
package enum OverwritePolicy: String, CaseIterable, Hashable, Sendable {
  /// Content that differs is rewritten, metadata is set.
  case always
  /// As `always`, but a file with the size and mtime of the snapshot's counts as equal.
  case ifChanged = "if-changed"
  /// Only what has an older mtime than in the snapshot.
  case ifNewer = "if-newer"
  /// Nothing that exists is changed, other than the metadata of directories.
  case never
}

/// Everything a restore needs to know besides the repository.
package struct RestoreRequest: Sendable {
  /// The root tree of the snapshot.
  package var tree: BlobID
  /// The directory within the snapshot whose entries are restored; `/` for all.
  package var subfolder: FilePath
  /// The directory to restore to; made with its parents when it does not exist.
  package var target: FilePath
  package var selection = RestoreSelection.everything
  package var overwrite = OverwritePolicy.always
  /// Whether zeros become holes.
  package var isSparse = false
  /// Whether what is selected but not in the snapshot is removed from the target.
  package var deletesOthers = false
  /// Whether nothing is written, only said.
  package var isDryRun = false
  /// Whether restored files are read again and compared, blob by blob.
  package var verifies = false
  /// Whether ``RestoreEvent/item(_:path:size:)`` is reported.
  package var reportsItems = false
  /// Whether owners are looked up by name here; who has none here becomes root, as in restic.
  package var ownsByName = false
  /// Whether an extended attribute, by name, is restored, and removed where it isn't stored.
  package var takesAttribute: @Sendable ([UInt8]) -> Bool = { _ in true }
  /// How many threads fetch, decode and write; nil for one per processor.
  package var workers: Int?
  package var interruption: Interruption

  package init(
    tree: BlobID,
    subfolder: FilePath = "/",
    target: FilePath,
    interruption: Interruption = Interruption()
  ) {
    self.tree = tree
    self.subfolder = subfolder
    self.target = target
    self.interruption = interruption
  }
}
