import Machine
import ObjectStorage
import RepositoryFormat

/// A pack that is being filled.
///
/// Its bytes go to the store piece by piece, and get their name there when the pack is complete: an
/// open pack takes no memory but for one piece and its header.
///
/// `@unchecked Sendable`: one thread at a time uses it; who hands it over stops using it.
final class OpenPack: @unchecked Sendable {
  private let staged: any StagedObject
  private let hash = IncrementalSHA256()
  /// What the store wasn't given yet.
  private let waiting = PageBuffer()
  private var waitingSize = 0
  private(set) var blobs: [PackedBlob] = []
  private(set) var size: UInt64 = 0

  private static let pieceSize = 256 << 10

  init(in store: any ObjectStore) throws {
    staged = try store.stage(FileKind.data.rawValue)
  }

  /// Whether it has reached its size, or its header has.
  func isFull(target: Int) -> Bool {
    size >= UInt64(target) || blobs.count >= PackLayout.entriesMax
  }

  /// Adds a sealed blob.
  ///
  /// The pack is of no use any more when this throws.
  func append(
    _ sealed: UnsafeRawBufferPointer,
    _ id: BlobID,
    _ type: BlobType,
    uncompressedLength: UInt32
  ) throws {
    try write(sealed)
    let blob = PackedBlob(
      id: id,
      type: type,
      offset: UInt32(size),
      length: UInt32(sealed.count),
      uncompressedLength: uncompressedLength
    )
    blobs.append(blob)
    size += UInt64(sealed.count)
  }

  /// Adds all blobs of another pack, which is given up.
  func append(contentsOf other: OpenPack) throws {
    try other.flush()
    for blob in other.blobs {
      let sealed = try other.staged.read(offset: UInt64(blob.offset), length: Int(blob.length))
      try sealed.withUnsafeBytes {
        try append($0, blob.id, blob.type, uncompressedLength: blob.uncompressedLength)
      }
    }
    other.discard()
  }

  /// Adds the header and makes the pack durable under its name.
  func commit(_ sealer: Sealer) throws -> PackID {
    let header = encodeHeader(blobs)
    let sealed = sealer.sealed(header)
    guard try parseHeader(sealer.opened(sealed)) == blobs else {
      throw RepositoryError(.badVerification("pack header"), at: "a new pack")
    }
    try sealed.withUnsafeBytes { try write($0) }
    try withUnsafeBytes(of: UInt32(sealed.count).littleEndian) { try write($0) }
    try flush()
    let id = PackID(hash.finish())
    try staged.commit(as: ObjectName(kind: FileKind.data.rawValue, name: id.digest.hex))
    return id
  }

  func discard() { staged.discard() }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    if bytes.count > Self.pieceSize - waitingSize { try flush() }
    if bytes.count > Self.pieceSize { return try send(bytes) }
    let piece = waiting.bytes(Self.pieceSize)
    UnsafeMutableRawBufferPointer(rebasing: piece[waitingSize...]).copyMemory(from: bytes)
    waitingSize += bytes.count
  }

  private func flush() throws {
    if waitingSize == 0 { return }
    let piece = UnsafeRawBufferPointer(rebasing: waiting.bytes(Self.pieceSize)[..<waitingSize])
    waitingSize = 0
    try send(piece)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws {
    try staged.append([bytes])
    hash.update(bytes)
  }
}
