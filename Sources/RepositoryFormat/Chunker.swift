/// Finds where a file is cut: after the bytes whose last 64 have a fingerprint ending in 20 zero
/// bits, but no chunk is shorter than 512 KiB (the last one apart) or longer than 8 MiB.
///
/// Where it cuts is restic's, to the byte. It holds tables only: copies are cheap and any thread
/// may use them.
///
/// Source: restic's `chunker` package.
package struct Chunker: Sendable {
  /// No chunk but a file's last is shorter: 512 KiB.
  package static let sizeMin = 512 << 10
  /// No chunk is longer: 8 MiB.
  package static let sizeMax = 8 << 20

  private let tables: ChunkerTables

  /// Makes a chunker of a repository's polynomial, which is irreducible and of degree 53.
  package init(_ polynomial: RabinPolynomial) {
    tables = ChunkerTables(polynomial)
  }

  /// Returns the length of the chunk that `bytes` begin with, or nil when more bytes are needed.
  ///
  /// `bytes` begin at a chunk's start and may go on beyond its end. Call it again with the same
  /// beginning and more bytes after nil, and with what follows the chunk after a length.
  ///
  /// - Parameters:
  ///   - bytes: At ``sizeMax`` bytes there is always an answer.
  ///   - isEnd: Whether the file ends where `bytes` end. Then the answer is nil only for no bytes.
  ///   - searchedUpTo: 0 at a chunk's start; holds what need not be searched again, and is 0 again
  ///     after a length.
  /// - Returns: How many bytes the chunk has.
  package func nextCut(
    in bytes: UnsafeRawBufferPointer,
    isEnd: Bool,
    searchedUpTo: inout Int
  ) -> Int? {
    // The first place where a cut is allowed is behind the smallest chunk.
    let lower = max(searchedUpTo, Self.sizeMin - 1)
    let upper = min(bytes.count, Self.sizeMax)
    if lower < upper {
      if let cut = firstCandidate(in: bytes, above: lower, upTo: upper) {
        searchedUpTo = 0
        return cut
      }
      searchedUpTo = upper
    }
    guard upper == Self.sizeMax || isEnd && upper > 0 else { return nil }
    searchedUpTo = 0
    return upper
  }

  /// Returns the first position above `lower` and at most `upper` where content allows a cut.
  ///
  /// A position counts bytes from the beginning of `bytes`, and depends on nothing but the 64
  /// bytes before it: a large file can be searched in pieces, by many threads.
  ///
  /// - Parameters:
  ///   - bytes: What is searched.
  ///   - lower: At least 64.
  ///   - upper: At most the number of bytes.
  /// - Returns: The position, or nil when there is none.
  package func firstCandidate(
    in bytes: UnsafeRawBufferPointer,
    above lower: Int,
    upTo upper: Int
  ) -> Int? {
    precondition(lower >= 64 && upper <= bytes.count, "a fingerprint needs 64 bytes before")
    let buffer = bytes.assumingMemoryBound(to: UInt8.self)
    return tables.words.withUnsafeBufferPointer { words in
      guard let base = buffer.baseAddress, let words = words.baseAddress else { return nil }
      return RepositoryFormat.firstCandidate(base, words, above: lower, upTo: upper)
    }
  }
}
