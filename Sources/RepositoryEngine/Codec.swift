import Machine
import RepositoryFormat

/// What one thread needs to seal and open blobs: contexts of the libraries, and memory.
///
/// `@unchecked Sendable`: ``Pool`` gives it to one thread at a time.
final class Codec: @unchecked Sendable {
  let sealer: Sealer
  private let compressor: Compressor
  private let decompressor = Decompressor()
  private let compresses: Bool
  private let sealedMemory = PageBuffer()
  private let compressedMemory = PageBuffer()
  private let plainMemory = PageBuffer()

  /// More than most chunks need; what large ones took beyond it is given back.
  private static let keptSize = 3 << 20

  init(key: MasterKey, level: CompressionLevel) {
    sealer = Sealer(key)
    compresses = level != .off
    // Trees are compressed whatever the user chose for data, as restic does.
    compressor = Compressor(level: level == .off ? .auto : level)
  }

  /// Opens a sealed blob and checks that it is the one that was asked for.
  ///
  /// The result is valid until the next call.
  func open(
    _ sealed: UnsafeRawBufferPointer,
    _ location: BlobLocation,
    _ id: BlobID
  ) throws -> UnsafeRawBufferPointer {
    let plain = try openUnhashed(sealed, uncompressedLength: Int(location.uncompressedLength))
    if sha256(plain) != id.digest { throw WrongHash() }
    return plain
  }

  /// Compresses and seals a blob, and makes sure that it can be read back.
  ///
  /// What doesn't shrink is stored as it is, which version 2 allows for data, unless it must be
  /// compressed.
  ///
  /// - Returns: The sealed bytes, valid until the next call, and the plaintext's size when they
  ///   are compressed, else 0.
  func seal(
    _ plain: UnsafeRawBufferPointer,
    _ type: BlobType,
    version: Int,
    mustCompress: Bool = false
  ) throws -> (sealed: UnsafeRawBufferPointer, uncompressedLength: UInt32) {
    let compressed =
      version > 1 && plain.count > 0 && (compresses || type == .tree)
      ? try compressed(plain, always: mustCompress || type == .tree) : nil
    let content = compressed ?? plain
    let sealed = sealedMemory.bytes(content.count + Sealer.overhead)
    sealer.seal(content, into: sealed)
    let result = UnsafeRawBufferPointer(sealed)
    // What is opened again is `content`, and that gives the plaintext.
    guard sealer.isSealed(content, in: result) else { throw WrongHash() }
    if let compressed {
      let opened = plainMemory.bytes(plain.count)
      let count = try decompressor.decompress(compressed, into: opened)
      if count != plain.count || !areEqual(UnsafeRawBufferPointer(opened), plain) {
        throw WrongHash()
      }
    }
    return (result, compressed == nil ? 0 : UInt32(plain.count))
  }

  /// Nil when it doesn't shrink and needn't be compressed.
  private func compressed(
    _ plain: UnsafeRawBufferPointer,
    always: Bool
  ) throws -> UnsafeRawBufferPointer? {
    let target = compressedMemory.bytes(Compressor.bound(plain.count))
    if !always, try !compressor.isWorthwhile(plain, scratch: target) { return nil }
    let size = try compressor.compress(plain, into: target)
    guard size < plain.count || always else { return nil }
    return UnsafeRawBufferPointer(rebasing: target[..<size])
  }

  func trim() {
    for memory in [sealedMemory, compressedMemory, plainMemory] { memory.trim(to: Self.keptSize) }
  }

  private func openUnhashed(
    _ sealed: UnsafeRawBufferPointer,
    uncompressedLength: Int
  ) throws -> UnsafeRawBufferPointer {
    guard sealed.count >= Sealer.overhead else { throw SealError(.tooShort) }
    let size = sealed.count - Sealer.overhead
    if uncompressedLength == 0 {
      let plain = plainMemory.bytes(size)
      try sealer.open(sealed, into: plain)
      return UnsafeRawBufferPointer(plain)
    }
    let compressed = compressedMemory.bytes(size)
    try sealer.open(sealed, into: compressed)
    let plain = plainMemory.bytes(uncompressedLength)
    let count = try decompressor.decompress(UnsafeRawBufferPointer(compressed), into: plain)
    if count != uncompressedLength {
      throw FormatError("blob", "holds \(count) bytes, not \(uncompressedLength)")
    }
    return UnsafeRawBufferPointer(plain)
  }
}
