package import RepositoryFormat

/// Where one copy of a blob is.
package struct BlobLocation: Hashable, Sendable {
  package var pack: PackID
  /// Of the sealed blob in the pack.
  package var offset: UInt32
  /// Of the sealed blob.
  package var length: UInt32
  /// Of the plaintext; 0 when the blob is not compressed.
  package var uncompressedLength: UInt32

  package init(pack: PackID, offset: UInt32, length: UInt32, uncompressedLength: UInt32) {
    self.pack = pack
    self.offset = offset
    self.length = length
    self.uncompressedLength = uncompressedLength
  }

  /// The size of the plaintext.
  package var plainSize: Int {
    uncompressedLength == 0 ? max(0, Int(length) - Sealer.overhead) : Int(uncompressedLength)
  }
}
