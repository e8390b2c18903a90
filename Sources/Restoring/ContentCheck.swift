import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Some consecutive blobs of a file, to be compared with what is in the file.
struct ContentPiece: Sendable {
  /// What one thread compares at a time, so that several share a large file.
  static let sizeMax = 32 << 20

  let file: PlannedFile
  let blobs: Range<Int>

  /// Cuts all of `file`.
  static func pieces(of file: PlannedFile) -> [ContentPiece] {
    var pieces: [ContentPiece] = []
    var start = 0
    var size = 0
    for (index, blob) in file.blobs.enumerated() {
      size += blob.location.plainSize
      if size >= sizeMax {
        pieces.append(ContentPiece(file: file, blobs: start..<index + 1))
        start = index + 1
        size = 0
      }
    }
    if start < file.blobs.count || pieces.isEmpty {
      pieces.append(ContentPiece(file: file, blobs: start..<file.blobs.count))
    }
    return pieces
  }

  /// Which of the blobs are in the open file, where they belong.
  func matches(in descriptor: CInt, _ subject: () -> FilePath) throws(SystemCallError) -> [Bool] {
    let largest = blobs.map { file.blobs[$0].location.plainSize }.max() ?? 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: largest, alignment: 16)
    defer { buffer.deallocate() }
    var result: [Bool] = []
    for blob in file.blobs[blobs] {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<blob.location.plainSize])
      let count = try read(into: part, from: descriptor, at: blob.offset, subject: subject())
      result.append(
        count == part.count && BlobID(sha256(UnsafeRawBufferPointer(part))) == blob.id
      )
    }
    return result
  }
}

extension Restoration {
  /// Finds out which files of `window` hold their content already, wholly or in part.
  ///
  /// - Throws: What ends the restore.
  func compareExisting(_ window: Window) throws {
    let files = window.existing.filter { file in
      if request.overwrite == .ifChanged, let existing = file.existing,
        existing.size == file.size, existing.modified == FileTime(file.node.modified)
      {
        file.state.withLock { $0.matching = Array(repeating: true, count: file.blobs.count) }
        return false
      }
      file.state.withLock { $0.matching = Array(repeating: false, count: file.blobs.count) }
      return true
    }
    let pieces = files.flatMap { ContentPiece.pieces(of: $0) }
    try inParallel(pieces, threads: workers, interruption: request.interruption) { [self] piece in
      let file = piece.file
      do {
        let open = try openExisting(file, .reading, isSame: true)
        let matches = try piece.matches(in: open.raw) { path(of: file) }
        file.state.withLock { $0.matching?.replaceSubrange(piece.blobs, with: matches) }
      } catch {
        // What can't be read is written.
        file.state.withLock { $0.matching = nil }
      }
    }
  }

  /// What is to be done with an existing file that was compared.
  enum Verdict { case unchanged, update, replace }

  func verdict(_ file: PlannedFile) -> Verdict {
    guard let existing = file.existing,
      let matching = file.state.withLock({ $0.matching })
    else { return .replace }
    if existing.size == file.size, matching.allSatisfy({ $0 }) { return .unchanged }
    // Other names of it, which may be none of ours, must not change with it.
    return existing.links > 1 ? .replace : .update
  }

  /// Reads again what was written and compares it.
  ///
  /// - Throws: What ends the restore; other errors are told.
  func verify(_ written: [PlannedFile]) throws {
    let whole = written.filter { !$0.hasFailed }
    let pieces = whole.flatMap { ContentPiece.pieces(of: $0) }
    try inParallel(pieces, threads: workers, interruption: request.interruption) { [self] piece in
      let file = piece.file
      do {
        let open = try openExisting(file, .reading, isSame: false)
        let size = try fileMetadata(in: open.raw, subject: path(of: file)).size
        let matches = try piece.matches(in: open.raw) { path(of: file) }
        if let wrong = matches.firstIndex(of: false) {
          let offset = file.blobs[piece.blobs.lowerBound + wrong].offset
          throw RestoreError("\(path(of: file)) reads back differently at offset \(offset)")
        }
        if size != file.size {
          throw RestoreError(
            "\(path(of: file)) has \(size) bytes after it was restored with \(file.size)"
          )
        }
      } catch {
        try giveUp(file, error)
      }
    }
    for file in whole where !file.hasFailed { progress.verified() }
  }
}
