/// Where a blob lies in its pack.
package struct PackedBlob: Hashable, Sendable {
  package var id: BlobID
  package var type: BlobType
  /// Of the sealed blob, from the pack's beginning.
  package var offset: UInt32
  /// Of the sealed blob.
  package var length: UInt32
  /// Of the plaintext; 0 when the blob is not compressed.
  package var uncompressedLength: UInt32

  package init(
    id: BlobID,
    type: BlobType,
    offset: UInt32,
    length: UInt32,
    uncompressedLength: UInt32
  ) {
    self.id = id
    self.type = type
    self.offset = offset
    self.length = length
    self.uncompressedLength = uncompressedLength
  }

  package var isCompressed: Bool { uncompressedLength != 0 }

  /// The size of the plaintext.
  package var plainLength: Int {
    isCompressed ? Int(uncompressedLength) : max(0, Int(length) - Sealer.overhead)
  }

  /// What the blob adds to its pack's header: 37 bytes, or 41 when it is compressed.
  package var headerSize: Int {
    isCompressed ? PackLayout.compressedEntrySize : PackLayout.entrySize
  }
}

/// A pack file: sealed blobs, their sealed header, and the header's length.
///
///     blob₁ … blobₙ   header                     length
///     sealed          sealed(entry₁ … entryₙ)    UInt32, little-endian: of the sealed header
package enum PackLayout {
  /// Of a blob that is not compressed.
  package static let entrySize = 37
  /// Of a compressed blob.
  package static let compressedEntrySize = 41
  package static let lengthFieldSize = 4
  /// Of the sealed header.
  package static let headerSizeMax = 16 << 20
  /// How many blobs fit in the largest header.
  package static let entriesMax = (headerSizeMax - Sealer.overhead) / compressedEntrySize
  /// One entry, its seal and the length field.
  package static let fileSizeMin: UInt64 = 73
  /// What to read from a pack's end at first: 15 entries, their seal and the length field.
  package static let tailSize = 15 * compressedEntrySize + Sealer.overhead + lengthFieldSize

  /// Returns the size of the sealed header, which lies just before the last four bytes of a pack.
  ///
  /// - Parameters:
  ///   - lengthField: The last four bytes, little-endian.
  ///   - fileSize: Of the whole pack.
  /// - Throws: ``FormatError`` when no header of this size can lie in such a file.
  package static func sealedHeaderSize(
    lengthField: UInt32,
    fileSize: UInt64
  ) throws(FormatError) -> Int {
    throw FormatError("pack header", "comes next")
  }
}

/// Returns the plaintext of a pack's header; `blobs` are in file order.
package func encodeHeader(_ blobs: [PackedBlob]) -> [UInt8] { [] }

/// Reads the plaintext of a pack's header; offsets are sums of lengths.
///
/// - Throws: ``FormatError`` when it is damaged.
package func parseHeader(_ plaintext: [UInt8]) throws(FormatError) -> [PackedBlob] { [] }
