/// A file or directory, whatever name it has.
///
/// Only good for as long as the file exists: a later one may have the same.
package struct FileKey: Hashable, Sendable {
  /// `st_dev`.
  package var device: UInt64
  package var inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// The key of what `metadata` describes.
  package init(_ metadata: FileMetadata) {
    self.init(device: metadata.device, inode: metadata.inode)
  }
}
