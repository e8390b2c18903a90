import RepositoryFormat

/// What index files say of one pack.
struct IndexedPack: Sendable {
  /// Of the whole file: sealed blobs, header and length field.
  var size = UInt64(Sealer.overhead + PackLayout.lengthFieldSize)
  var blobs = 0
  /// The same for the same entries, in whatever order.
  var fingerprint: UInt64 = 0
  var hasData = false
  var hasTrees = false
  /// In how many index files it is.
  var files = 1
  var differs = false

  mutating func add(_ blob: PackedBlob) {
    size += UInt64(blob.length) + UInt64(blob.headerSize)
    blobs += 1
    let place = UInt64(blob.offset) << 32 | UInt64(blob.length)
    let mixed = (blob.id.digest.words.1 ^ place) &* 0x9e37_79b9_7f4a_7c15
    fingerprint &+= mixed ^ mixed >> 29
    if blob.type == .data { hasData = true } else { hasTrees = true }
  }

  /// Adds what another index file says of the same pack.
  mutating func add(_ other: IndexedPack) {
    files += 1
    if other.fingerprint != fingerprint || other.blobs != blobs { differs = true }
    // Which is right, the pack's own header tells; until then the larger one.
    if other.blobs > blobs {
      (size, blobs) = (other.size, other.blobs)
      (hasData, hasTrees) = (other.hasData, other.hasTrees)
    }
  }
}
