import Machine
import RepositoryEngine
import RepositoryFormat

/// A file that is being read: its blobs, and where each begins.
final class OpenedFile: Sendable {
  private let blobs: [BlobID]
  /// One more than there are blobs: the last is the size.
  private let starts: [UInt64]

  /// What restic's chunker makes of noughts, again and again.
  static let hole = BlobID(sha256([UInt8](repeating: 0, count: Chunker.sizeMin)))

  /// - Throws: ``MountError`` when the index doesn't know a blob.
  init(_ content: [BlobID], in repository: Repository) throws(MountError) {
    blobs = content
    var starts: [UInt64] = [0]
    var end: UInt64 = 0
    for blob in content {
      guard let size = repository.plainSize(.data, blob) else { throw MountError(.missing(blob)) }
      end += UInt64(size)
      starts.append(end)
    }
    self.starts = starts
  }

  var size: UInt64 { starts[blobs.count] }

  /// Reads from `offset` on, as much as there is and fits, and returns how much that was.
  func read(
    _ offset: UInt64,
    into target: UnsafeMutableRawBufferPointer,
    _ load: (BlobID) throws -> [UInt8]
  ) throws -> Int {
    guard offset < size else { return 0 }
    var number = blob(at: offset)
    var done = 0
    while done < target.count, number < blobs.count {
      let bytes = try load(blobs[number])
      let skipped = Int(offset + UInt64(done) - starts[number])
      let count = min(bytes.count - skipped, target.count - done)
      guard count > 0 else { throw MountError(.missing(blobs[number])) }
      bytes.withUnsafeBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + count])
        UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
          .copyMemory(from: part)
      }
      done += count
      number += 1
    }
    return done
  }

  /// The next byte from `offset` on that lies in a hole, or outside all; nil behind the end.
  func seek(_ offset: UInt64, hole: Bool) -> UInt64? {
    guard offset < size else { return nil }
    var number = blob(at: offset)
    var found = offset
    while number < blobs.count {
      if (blobs[number] == Self.hole) == hole { return found }
      number += 1
      found = starts[number]
    }
    return hole ? size : nil
  }

  private func blob(at offset: UInt64) -> Int {
    var low = 0
    var high = blobs.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    // Empty blobs don't hold the byte.
    while low + 1 < blobs.count, starts[low + 1] <= offset { low += 1 }
    return low
  }
}
