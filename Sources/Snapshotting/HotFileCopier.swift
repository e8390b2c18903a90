import Machine

/// Copies files while their writers are held: as much as is allowed, for as long as is allowed.
final class HotFileCopier {
  /// From this size a clone is cheaper than a copy.
  private static let cloneSizeMin: UInt64 = 1 << 20
  private static let pieceSize = 1 << 18
  /// How long files are copied that have no writer any more.
  private static let recentLengthMax = Duration.milliseconds(100)

  /// What may still be copied, in bytes.
  private var sizeLeft: UInt64
  /// The part of it that is kept for later.
  private var sizeReserved: UInt64 = 0
  private let clock = ContinuousClock()
  private let end: ContinuousClock.Instant
  /// Counted from the first of them.
  private lazy var recentEnd = min(end, clock.now.advanced(by: Self.recentLengthMax))
  private let buffer = PageBuffer()

  init(_ options: HotCopyOptions) {
    // Far from where sums overflow.
    sizeLeft = min(options.sizeMax, 1 << 62)
    end = clock.now.advanced(by: options.lengthMax)
  }

  /// Whether no time is left.
  var isOver: Bool { clock.now > end }

  /// Whether no time is left but for what has writers.
  var isOverForRecent: Bool { clock.now > recentEnd }

  /// Whether a file of this size takes so long that others come first.
  func isLarge(_ size: UInt64) -> Bool { size >= Self.cloneSizeMin }

  /// Keeps so many bytes of what may be copied for later.
  func reserve(_ sizes: [UInt64]) {
    sizeReserved = sizes.reduce(0) { min(sizeLeft, $0 + min(sizeLeft, $1)) }
  }

  /// Makes a copy without a name, of memory or sharing the room of the original.
  ///
  /// - Parameters:
  ///   - original: Open for reading.
  ///   - size: Its size.
  ///   - directory: Where the file system may clone it; nil where it can't.
  ///   - prepared: An earlier copy, to be written over; nil for a new one.
  /// - Returns: The copy.
  /// - Throws: ``HotCopyFailure``.
  func duplicate(
    _ original: CInt,
    size: UInt64,
    cloningIn directory: CInt?,
    over prepared: SharedDescriptor? = nil
  ) throws(HotCopyFailure) -> SharedDescriptor {
    if isOver { throw HotCopyFailure("could not be copied within --max-pause") }
    let isTooLarge = size > sizeLeft - min(sizeLeft, sizeReserved)
    if let directory, isTooLarge || isLarge(size),
      let clone = try? makeUnnamedClone(of: original, in: directory, subject: "")
    {
      return SharedDescriptor(clone)
    }
    if isTooLarge { throw HotCopyFailure("was too large for --hot-copy-max") }
    do throws(SystemCallError) {
      let copy: SharedDescriptor
      if let prepared {
        copy = prepared
      } else {
        copy = SharedDescriptor(try makeMemoryFile())
      }
      let isEmpty = prepared == nil
      guard try copyContent(of: original, size, to: copy.raw, isEmpty: isEmpty) else {
        throw SystemCallError(call: "copy", subject: "", errno: .timedOut)
      }
      sizeLeft -= size
      return copy
    } catch {
      throw error.errno == .timedOut
        ? HotCopyFailure("could not be copied within --max-pause")
        : HotCopyFailure("could not be copied (\(error.errno))")
    }
  }

  /// Copies everything, and no holes into what is empty; whether there was enough time.
  private func copyContent(
    of original: CInt,
    _ size: UInt64,
    to copy: CInt,
    isEmpty: Bool
  ) throws(SystemCallError) -> Bool {
    // Below that a hole saves nothing; in an earlier copy something else is in its place.
    let leavesHoles = isEmpty && size >= Self.cloneSizeMin
    if leavesHoles || !isEmpty { try truncate(copy, to: size, subject: "") }
    var position: UInt64 = 0
    while position < size {
      var end = size
      if leavesHoles {
        guard let data = try nextData(in: original, from: position, subject: ""), data < size
        else { return true }
        end = min(size, try nextHole(in: original, from: data, subject: ""))
        position = data
      }
      while position < end {
        if isOver { return false }
        let length = Int(min(end - position, UInt64(Self.pieceSize)))
        let piece = buffer.bytes(length)
        let count = try read(into: piece, from: original, at: position, subject: "")
        if count == 0 { return true }
        let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
        try write(bytes, to: copy, at: position, subject: "")
        position += UInt64(count)
      }
    }
    return true
  }
}

/// Why a file that was being written was not copied.
struct HotCopyFailure: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
