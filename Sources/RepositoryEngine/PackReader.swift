import ObjectStorage
import RepositoryFormat

/// Reads a pack once, from its beginning to its end, and hashes it on the way.
final class PackReader {
  private let store: any ObjectStore
  private let name: ObjectName
  private let size: UInt64
  private let sha = IncrementalSHA256()
  private var position: UInt64 = 0

  init(_ store: any ObjectStore, _ pack: StoredPack) {
    self.store = store
    name = ObjectName(kind: FileKind.data.rawValue, name: pack.id.digest.hex)
    size = pack.size
  }

  /// The blobs in the pack, by its own header.
  func header(_ sealer: Sealer) throws -> [PackedBlob] {
    let fieldSize = UInt64(PackLayout.lengthFieldSize)
    guard size >= PackLayout.fileSizeMin else {
      throw FormatError("pack", "\(size) bytes are too few")
    }
    let field = try store.get(name, offset: size - fieldSize, length: Int(fieldSize))
    let length = field.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let sealedSize = try PackLayout.sealedHeaderSize(lengthField: length, fileSize: size)
    let start = size - fieldSize - UInt64(sealedSize)
    let sealed = try store.get(name, offset: start, length: sealedSize)
    let blobs = try parseHeader(try sealer.opened(sealed))
    let end = blobs.last.map { UInt64($0.offset) + UInt64($0.length) } ?? 0
    if end != start {
      throw FormatError("pack", "its blobs end at byte \(end), its header begins at \(start)")
    }
    return blobs
  }

  /// The next `length` bytes.
  func next(_ length: Int) throws -> [UInt8] {
    let bytes = try store.get(name, offset: position, length: length)
    bytes.withUnsafeBytes { sha.update($0) }
    position += UInt64(length)
    return bytes
  }

  /// The hash of the whole pack, after reading what is left.
  func hash() throws -> Digest {
    if position < size { _ = try next(Int(size - position)) }
    return sha.finish()
  }
}
