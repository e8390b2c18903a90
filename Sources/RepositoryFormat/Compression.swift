import CZstd

/// How hard to compress, in restic's words.
package enum CompressionLevel: String, CaseIterable, Sendable {
  case off, auto, fastest, better, max
}

/// Compresses with zstd: one frame with its content size, without a checksum.
///
/// It keeps zstd's context, so each thread has its own.
package final class Compressor {
  package init(level: CompressionLevel) {}

  /// The size that compressing `count` bytes takes at most.
  package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses `bytes` into `target` and returns how many bytes that took.
  ///
  /// - Throws: ``FormatError`` when `target` is too small, never with ``bound(_:)`` bytes.
  package func compress(
    _ bytes: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Int {
    throw FormatError("compressed bytes", "comes next")
  }
}

/// Decompresses zstd frames; each thread has its own.
package final class Decompressor {
  package init() {}

  /// Decompresses `bytes` into `target` and returns the plaintext's size.
  ///
  /// - Throws: ``FormatError`` when `bytes` are damaged or hold more than `target`.
  package func decompress(
    _ bytes: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Int {
    throw FormatError("compressed bytes", "comes next")
  }
}
