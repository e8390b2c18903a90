import Machine
import RepositoryFormat

/// The bytes of an open file in order, holes included, which are not read.
struct FileSource {
  private let file: CInt
  private let sizeExpected: UInt64
  private let job: FileJob
  /// What comes next.
  private(set) var position: UInt64 = 0
  /// Up to where `position` is inside one hole, or inside one piece of data.
  private var extentEnd: UInt64
  private var isInHole = false
  private var knowsExtents: Bool
  /// Told every byte that is read, when it is set.
  var hash: IncrementalSHA256?

  /// Starts at the beginning.
  init(file: CInt, sizeExpected: UInt64, isSparse: Bool, job: FileJob) {
    self.file = file
    self.sizeExpected = sizeExpected
    self.job = job
    knowsExtents = isSparse
    extentEnd = isSparse ? 0 : .max
  }

  /// How much is worth reading at once: a small file with room for more, or up to 1 MiB.
  ///
  /// Some files, such as those of the kernel's, hold more than their size says.
  var worthReading: Int {
    let rest = sizeExpected > position ? sizeExpected - position : 0
    return Int(min(rest + (1 << 12), 1 << 20))
  }

  /// Skips whole zero chunks ahead, when a chunk begins here; how many.
  ///
  /// - Throws: ``SystemCallError``.
  mutating func skipZeroChunks() throws(SystemCallError) -> Int {
    guard knowsExtents else { return 0 }
    try findExtent()
    guard isInHole else { return 0 }
    let count = Int((extentEnd - position) / UInt64(ZeroChunk.size))
    position += UInt64(count * ZeroChunk.size)
    return count
  }

  /// Reads into `buffer`; 0 at the end of the file.
  ///
  /// - Throws: ``SystemCallError``.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int {
    if knowsExtents { try findExtent() }
    let count = Int(min(UInt64(buffer.count), extentEnd - position))
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    if isInHole {
      part.initializeMemory(as: UInt8.self, repeating: 0)
      position += UInt64(count)
      return count
    }
    let read = try readNext(from: file, at: position, into: part, subject: job.path)
    position += UInt64(read)
    hash?.update(UnsafeRawBufferPointer(rebasing: part[..<read]))
    // A data extent that ends early: the file shrank, or an extent was dropped meanwhile.
    return read
  }

  /// Finds out what is at `position`, when that isn't known.
  private mutating func findExtent() throws(SystemCallError) {
    guard position >= extentEnd else { return }
    if position >= sizeExpected {
      // What the file grew by is read as it comes.
      (knowsExtents, isInHole, extentEnd) = (false, false, .max)
      return
    }
    let data = try nextData(in: file, from: position, subject: job.path) ?? sizeExpected
    if data > position {
      (isInHole, extentEnd) = (true, min(data, sizeExpected))
      return
    }
    isInHole = false
    extentEnd = min(try nextHole(in: file, from: position, subject: job.path), sizeExpected)
  }
}
