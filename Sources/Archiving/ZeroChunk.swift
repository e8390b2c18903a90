import Machine
import RepositoryFormat
import Synchronization

/// The chunk that long runs of zeros are cut into: 512 KiB of them.
///
/// Its hash is known, so that holes cost neither reading nor hashing.
final class ZeroChunk: Sendable {
  static let size = Chunker.sizeMin
  static let id = BlobID(
    Digest(bytes: [
      0x07, 0x85, 0x4d, 0x2f, 0xef, 0x29, 0x7a, 0x06, 0xba, 0x81, 0x68, 0x5e, 0x66, 0x0c, 0x33,
      0x2d, 0xe3, 0x6d, 0x5d, 0x18, 0xd5, 0x46, 0x92, 0x7d, 0x30, 0xda, 0xad, 0x6d, 0x7f, 0xda,
      0x15, 0x41,
    ])
  )

  private let isHandedOver = Atomic(false)

  /// Whether the caller is the first who needs it stored; everyone after may refer to it.
  func claim() -> Bool { !isHandedOver.exchange(true, ordering: .relaxed) }

  /// A lease on a slab that holds the chunk.
  static func lease() -> SlabLease {
    let slab = Slab(size: size)
    slab.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    return SlabLease(slab, from: nil)
  }

  /// Whether `bytes` are this chunk.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == size, bytes[0] == 0 else { return false }
    // Every byte equals the one before it.
    return compareBytes(
      UnsafeRawBufferPointer(rebasing: bytes.dropFirst()),
      UnsafeRawBufferPointer(rebasing: bytes.dropLast())
    ) == 0
  }
}
