import Machine

/// Makes one open file the same as another, pass by pass: the first copies everything, each other
/// one writes only what differs, so that it takes little time when little has changed.
///
/// Holes stay holes.
struct FileDuplicate {
  private static let pieceSize = 1 << 20
  /// What is compared at once: where it differs it is written.
  private static let blockSize = 4096

  /// Open for reading.
  let source: CInt
  /// Open for reading and writing.
  let target: CInt
  /// For errors.
  let sourcePath: FilePath
  let targetPath: FilePath
  private let sourceBuffer = PageBuffer()
  private let targetBuffer = PageBuffer()
  private let zeros = PageBuffer()

  init(
    of source: CInt,
    _ sourcePath: FilePath,
    in target: CInt,
    _ targetPath: FilePath
  ) {
    self.source = source
    self.sourcePath = sourcePath
    self.target = target
    self.targetPath = targetPath
    zeros.bytes(Self.pieceSize).initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Goes once over the whole file.
  ///
  /// - Parameter check: Called before every piece; what it throws ends the pass.
  /// - Returns: How many bytes were different; 0 when both were the same.
  /// - Throws: ``SystemCallError``, and what `check` throws.
  @discardableResult
  func update(_ check: () throws -> Void) throws -> UInt64 {
    let size = try fileMetadata(in: source, subject: sourcePath).size
    let former = try fileMetadata(in: target, subject: targetPath).size
    if former != size { try truncate(target, to: size, subject: targetPath) }
    var changed: UInt64 = former > size ? former - size : size - former
    var position: UInt64 = 0
    while position < size {
      try check()
      let data = min(size, try nextData(in: source, from: position, subject: sourcePath) ?? size)
      let last = min(data, former)
      if last > position { changed += try clear(position..<last, check) }
      let end = data < size ? min(size, try hole(after: data)) : size
      position = data
      while position < end {
        try check()
        let count = try updatePiece(position..<end, isNew: position >= former, &changed)
        if count == 0 { return changed }  // It shrank meanwhile.
        position += count
      }
    }
    return changed
  }

  /// Where the data at `offset` ends; also when the file was cut meanwhile.
  private func hole(after offset: UInt64) throws(SystemCallError) -> UInt64 {
    do {
      return try nextHole(in: source, from: offset, subject: sourcePath)
    } catch {
      if error.errno == .noSuchAddressOrDevice { return .max }
      throw error
    }
  }

  /// Brings the beginning of `range` up to date; how much of it.
  private func updatePiece(
    _ range: Range<UInt64>,
    isNew: Bool,
    _ changed: inout UInt64
  ) throws(SystemCallError) -> UInt64 {
    let buffer = sourceBuffer.bytes(Self.pieceSize)
    let length = Int(min(range.upperBound - range.lowerBound, UInt64(Self.pieceSize)))
    let count = try read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]),
      from: source,
      at: range.lowerBound,
      subject: sourcePath
    )
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    if isNew {
      try write(bytes, to: target, at: range.lowerBound, subject: targetPath)
      changed += UInt64(count)
    } else {
      changed += try overwrite(with: bytes, at: range.lowerBound)
    }
    return UInt64(count)
  }

  /// Writes the blocks of `bytes` that the target doesn't have at `offset`; how many bytes.
  private func overwrite(
    with bytes: UnsafeRawBufferPointer,
    at offset: UInt64
  ) throws(SystemCallError) -> UInt64 {
    let there = try present(offset, bytes.count)
    if areEqual(bytes, there) { return 0 }
    var changed = 0
    var start: Int?
    for position in stride(from: 0, to: bytes.count + Self.blockSize, by: Self.blockSize) {
      let end = min(position + Self.blockSize, bytes.count)
      let differs =
        position < bytes.count
        && (end > there.count
          || !areEqual(
            UnsafeRawBufferPointer(rebasing: bytes[position..<end]),
            UnsafeRawBufferPointer(rebasing: there[position..<end])
          ))
      if differs {
        start = start ?? position
      } else if let first = start {
        let run = UnsafeRawBufferPointer(rebasing: bytes[first..<min(position, bytes.count)])
        try write(run, to: target, at: offset + UInt64(first), subject: targetPath)
        changed += run.count
        start = nil
      }
    }
    return UInt64(changed)
  }

  /// Makes `range` of the target zero, by a hole where that is possible; how much wasn't.
  private func clear(_ range: Range<UInt64>, _ check: () throws -> Void) throws -> UInt64 {
    var changed: UInt64 = 0
    var position = range.lowerBound
    while position < range.upperBound {
      try check()
      let data = try nextData(in: target, from: position, subject: targetPath)
      guard let data, data < range.upperBound else { break }
      let length = Int(min(range.upperBound - data, UInt64(Self.pieceSize)))
      let there = try present(data, length)
      if there.isEmpty { break }
      let nothing = UnsafeRawBufferPointer(rebasing: zeros.bytes(Self.pieceSize)[..<there.count])
      if !areEqual(there, nothing) {
        try erase(nothing, at: data)
        changed += UInt64(there.count)
      }
      position = data + UInt64(there.count)
    }
    return changed
  }

  /// Makes the target zero at `offset`, for as long as `zeros` are.
  private func erase(
    _ zeros: UnsafeRawBufferPointer,
    at offset: UInt64
  ) throws(SystemCallError) {
    do {
      try punchHole(in: target, at: offset, size: UInt64(zeros.count), subject: targetPath)
    } catch {
      if error.errno != .notSupported { throw error }
      try write(zeros, to: target, at: offset, subject: targetPath)
    }
  }

  /// What the target has at `offset`.
  private func present(
    _ offset: UInt64,
    _ length: Int
  ) throws(SystemCallError) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer(
      rebasing: targetBuffer.bytes(Self.pieceSize)[..<length]
    )
    let count = try read(into: buffer, from: target, at: offset, subject: targetPath)
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }
}
