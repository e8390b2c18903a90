import CZstd

/// How hard to compress, in restic's words.
package enum CompressionLevel: String, CaseIterable, Sendable {
  case off, auto, fastest, better, max

  /// The zstd level that costs and gains about what restic's does for `size` bytes; `off` still
  /// compresses trees.
  ///
  /// Measured on programs and libraries in chunks: level 2 takes two thirds of level 3's time and
  /// ends within 2 % of restic's size. In texts below 16 KiB level 1 finds as much as level 3.
  func zstdLevel(for size: Int) -> CInt {
    switch self {
    case .fastest: 1
    case .off, .auto: size < 16 << 10 ? 1 : 2
    case .better: 7
    case .max: 11
    }
  }

  /// Whether it is worth the time to try what looks as if it had been compressed before.
  var isThorough: Bool { self == .better || self == .max }
}

/// Compresses with zstd: one frame with its content size, without a checksum.
///
/// It keeps zstd's context, so each thread has its own.
package final class Compressor {
  private static let samples = 16
  private static let sampleSize = 4 << 10

  private let context: OpaquePointer
  private let level: CompressionLevel
  private var zstdLevel: CInt = 0

  package init(level: CompressionLevel) {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory") }
    self.context = context
    self.level = level
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// The size that compressing `count` bytes takes at most.
  package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses `bytes` into `target` and returns how many bytes that took.
  ///
  /// - Throws: ``FormatError`` when `target` is too small, never with ``bound(_:)`` bytes.
  package func compress(
    _ bytes: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Int {
    try compress(bytes, into: target, level.zstdLevel(for: bytes.count))
  }

  /// Whether compressing `bytes` may be worth its time, judging by a few samples of many bytes.
  ///
  /// - Parameters:
  ///   - bytes: The plaintext.
  ///   - scratch: As large as ``bound(_:)`` of it; overwritten.
  /// - Returns: False when the samples hardly shrink.
  /// - Throws: ``FormatError`` when `scratch` is too small.
  package func isWorthwhile(
    _ bytes: UnsafeRawBufferPointer,
    scratch: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Bool {
    let distance = bytes.count / Self.samples
    if level.isThorough || distance < 4 * Self.sampleSize { return true }
    var size = 0
    for number in 0..<Self.samples {
      let start = number * distance
      let sample = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.sampleSize])
      size += try compress(sample, into: scratch, 1)
    }
    return size < Self.samples * Self.sampleSize / 50 * 49
  }

  private func compress(
    _ bytes: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer,
    _ zstdLevel: CInt
  ) throws(FormatError) -> Int {
    if self.zstdLevel != zstdLevel {
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, zstdLevel)
      self.zstdLevel = zstdLevel
    }
    let size = ZSTD_compress2(
      context,
      target.baseAddress,
      target.count,
      bytes.baseAddress,
      bytes.count
    )
    return try checked(size)
  }
}

/// Decompresses zstd frames; each thread has its own.
package final class Decompressor {
  private let context: OpaquePointer

  package init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Decompresses `bytes` into `target` and returns the plaintext's size.
  ///
  /// - Throws: ``FormatError`` when `bytes` are damaged or hold more than `target`.
  package func decompress(
    _ bytes: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer
  ) throws(FormatError) -> Int {
    let size = ZSTD_decompressDCtx(
      context,
      target.baseAddress,
      target.count,
      bytes.baseAddress,
      bytes.count
    )
    return try checked(size)
  }

  /// Decompresses `bytes`, whatever size they claim to have.
  ///
  /// - Throws: ``FormatError`` when `bytes` are damaged, cut off or hold more than `sizeMax`.
  func decompress(_ bytes: UnsafeRawBufferPointer, sizeMax: Int) throws(FormatError) -> [UInt8] {
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 31)
    var plaintext: [UInt8] = []
    // What the frame says may be wrong, so it only helps to have enough memory at once.
    let claimed = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
    plaintext.reserveCapacity(Int(min(claimed, UInt64(min(sizeMax, 64 * bytes.count)))))
    var piece = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      let (left, written) = piece.withUnsafeMutableBytes { buffer in
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        let left = ZSTD_decompressStream(context, &output, &input)
        return (left, output.pos)
      }
      let isFrameComplete = try checked(left) == 0
      guard written <= sizeMax - plaintext.count else {
        throw FormatError("compressed bytes", "more than \(sizeMax) bytes of content")
      }
      plaintext.append(contentsOf: piece[..<written])
      if input.pos == input.size {
        if isFrameComplete { return plaintext }
        // Without input and without output nothing more will come.
        if written == 0 { throw FormatError("compressed bytes", "cut off") }
      }
    }
  }
}

private func checked(_ result: Int) throws(FormatError) -> Int {
  guard ZSTD_isError(result) == 0 else {
    throw FormatError("compressed bytes", String(cString: ZSTD_getErrorName(result)))
  }
  return result
}
