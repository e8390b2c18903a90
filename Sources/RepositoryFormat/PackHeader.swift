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
  /// - Returns: The size in bytes.
  /// - Throws: ``FormatError`` when no header of this size can lie in such a file.
  package static func sealedHeaderSize(
    lengthField: UInt32,
    fileSize: UInt64
  ) throws(FormatError) -> Int {
    let size = UInt64(lengthField)
    guard size >= UInt64(Sealer.overhead + entrySize) else {
      throw FormatError("pack header", "length \(size) is too small")
    }
    guard size <= UInt64(headerSizeMax) else {
      throw FormatError("pack header", "length \(size) is too large")
    }
    guard size <= fileSize, fileSize - size >= UInt64(lengthFieldSize) else {
      throw FormatError("pack header", "length \(size) in a file of \(fileSize) bytes")
    }
    return Int(size)
  }
}

/// The first byte of an entry.
private enum EntryType {
  static let compressed: UInt8 = 2
}

/// Returns the plaintext of a pack's header; `blobs` are in file order.
///
///     type                  sealed length   plaintext length    id
///     0 data, 1 tree        UInt32          –                   32 bytes
///     2 data, 3 tree        UInt32          UInt32              32 bytes
///
/// Types 2 and 3 are compressed. Integers are little-endian.
package func encodeHeader(_ blobs: [PackedBlob]) -> [UInt8] {
  var header: [UInt8] = []
  header.reserveCapacity(blobs.count * PackLayout.compressedEntrySize)
  for blob in blobs {
    header.append(blob.type.rawValue | (blob.isCompressed ? EntryType.compressed : 0))
    withUnsafeBytes(of: blob.length.littleEndian) { header.append(contentsOf: $0) }
    if blob.isCompressed {
      withUnsafeBytes(of: blob.uncompressedLength.littleEndian) { header.append(contentsOf: $0) }
    }
    header.append(contentsOf: blob.id.digest.bytes)
  }
  return header
}

/// Reads the plaintext of a pack's header; offsets are sums of lengths.
///
/// - Throws: ``FormatError`` when it is damaged.
package func parseHeader(_ plaintext: [UInt8]) throws(FormatError) -> [PackedBlob] {
  try plaintext.withBytes { (bytes) throws(FormatError) in
    var blobs: [PackedBlob] = []
    blobs.reserveCapacity(bytes.count / PackLayout.entrySize)
    var offset: UInt32 = 0
    var position = 0
    while position < bytes.count {
      let blob = try parseEntry(bytes, &position, offset: offset)
      let (end, overflow) = offset.addingReportingOverflow(blob.length)
      guard !overflow else { throw headerError("blobs beyond 4 GiB", position) }
      offset = end
      blobs.append(blob)
    }
    return blobs
  }
}

private func headerError(_ reason: String, _ position: Int) -> FormatError {
  FormatError("pack header", reason, offset: position)
}

/// Reads the entry at `position` and moves behind it.
private func parseEntry(
  _ bytes: UnsafeRawBufferPointer,
  _ position: inout Int,
  offset: UInt32
) throws(FormatError) -> PackedBlob {
  let typeByte = bytes[position]
  guard typeByte < 4, let type = BlobType(rawValue: typeByte & 1) else {
    throw headerError("unknown entry type \(typeByte)", position)
  }
  let isCompressed = typeByte & EntryType.compressed != 0
  let size = isCompressed ? PackLayout.compressedEntrySize : PackLayout.entrySize
  guard bytes.count - position >= size else { throw headerError("cut off", position) }
  func integer(_ place: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + place, as: UInt32.self))
  }
  let length = integer(1)
  guard length >= UInt32(Sealer.overhead) else {
    throw headerError("a sealed blob of \(length) bytes", position)
  }
  let uncompressedLength = isCompressed ? integer(5) : 0
  guard !isCompressed || uncompressedLength > 0 else {
    throw headerError("a compressed blob of nothing", position)
  }
  let id = Digest(
    bytes: UnsafeRawBufferPointer(rebasing: bytes[(position + size - 32)..<(position + size)])
  )
  position += size
  return PackedBlob(
    id: BlobID(id),
    type: type,
    offset: offset,
    length: length,
    uncompressedLength: uncompressedLength
  )
}
