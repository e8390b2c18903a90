package import RepositoryFormat

/// What became of a blob that was saved.
package struct SavedBlob: Hashable, Sendable {
  package var id: BlobID
  /// Whether the repository didn't have it.
  package var isNew: Bool
  /// What it takes in the repository when it is new: sealed, with its entry in the pack's header.
  package var storedSize: Int

  package init(id: BlobID, isNew: Bool, storedSize: Int) {
    self.id = id
    self.isNew = isNew
    self.storedSize = storedSize
  }
}
