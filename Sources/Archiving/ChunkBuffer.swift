import Machine
import RepositoryFormat

/// The end of a pipeline's reading side: bytes of files come in, blobs in slabs go out.
///
/// Files follow each other in one slab, each cut into chunks where restic would cut it. What was
/// cut is handed over in groups, so that small files don't cost a hop each.
struct ChunkBuffer {
  private let run: ArchiveRun
  private var lease: SlabLease
  /// Where the chunk in progress begins.
  private var start = 0
  /// Up to where the slab is filled.
  private var filled = 0
  private var searched = 0
  private var pieces: [BlobPiece] = []
  private var piecesSize = 0

  /// Takes the first slab.
  ///
  /// - Throws: What stopped the run.
  init(_ run: ArchiveRun) throws {
    self.run = run
    lease = try run.slabs.take()
  }

  /// Whether the chunk in progress holds nothing yet.
  var isAtChunkStart: Bool { start == filled }

  /// Forgets the chunk in progress, after its file could not be read to the end.
  mutating func abandon() {
    filled = start
    searched = 0
  }

  /// Makes room for the bytes that come next, in a fresh slab if need be.
  ///
  /// - Parameter wanted: How much is worth having.
  /// - Returns: At least one byte.
  /// - Throws: What stopped the run.
  mutating func room(_ wanted: Int) throws -> UnsafeMutableRawBufferPointer {
    let capacity = lease.slab.bytes.count
    if capacity - filled < min(wanted, 1 << 18), start > 0 { try renew() }
    let end = min(capacity, filled + max(wanted, 1))
    return UnsafeMutableRawBufferPointer(rebasing: lease.slab.bytes[filled..<end])
  }

  /// Says that `count` bytes of the room were filled, and cuts what can be cut.
  ///
  /// - Throws: What stopped the run.
  mutating func advance(by count: Int, of record: FileRecord) throws {
    filled += count
    try cut(record, isEnd: false)
  }

  /// Cuts what is left of a file.
  ///
  /// - Throws: What stopped the run.
  mutating func end(_ record: FileRecord) throws {
    try cut(record, isEnd: true)
  }

  /// Hands over what was cut.
  ///
  /// - Throws: What stopped the run.
  mutating func flush() throws {
    if pieces.isEmpty { return }
    try run.saves.push(.blobs(pieces, lease))
    pieces = []
    piecesSize = 0
  }

  private mutating func cut(_ record: FileRecord, isEnd: Bool) throws {
    while start < filled {
      let bytes = UnsafeRawBufferPointer(rebasing: lease.slab.bytes[start..<filled])
      guard
        let length = run.chunker.nextCut(in: bytes, isEnd: isEnd, searchedUpTo: &searched)
      else { return }
      try emit(UnsafeRawBufferPointer(rebasing: bytes[..<length]), of: record)
      start += length
      searched = 0
    }
  }

  private mutating func emit(_ bytes: UnsafeRawBufferPointer, of record: FileRecord) throws {
    let isZero = ZeroChunk.matches(bytes)
    if isZero, !run.zeros.claim() { return record.addKnown(ZeroChunk.id, count: 1) }
    pieces.append(
      BlobPiece(
        record: record,
        place: record.expectBlob(),
        offset: start,
        length: bytes.count,
        id: isZero ? ZeroChunk.id : nil
      )
    )
    piecesSize += bytes.count
    if pieces.count >= 64 || piecesSize >= 1 << 18 { try flush() }
  }

  /// Goes on in a fresh slab, with the chunk in progress at its beginning.
  private mutating func renew() throws {
    try flush()
    let next = try run.slabs.take()
    let rest = lease.slab.bytes[start..<filled]
    next.slab.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
    lease = next
    filled -= start
    start = 0
  }
}
