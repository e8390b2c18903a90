import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// What a stream was stored as.
struct StreamContent {
  var blobs: [BlobID]
  var size: UInt64
  var stored: StoredBlobs
}

/// Cuts a stream into chunks, which several threads store.
final class StreamWriter: Sendable {
  private struct Chunk: Sendable {
    var place: Int
    var bytes: [UInt8]
  }

  private struct State {
    var blobs: [Int: BlobID] = [:]
    var stored = StoredBlobs()
  }

  private let saver: BlobSaver
  private let progress: ArchiveProgress
  private let interruption: Interruption
  /// What waits to be stored takes so many bytes.
  private let chunks = BoundedQueue<Chunk>(weightMax: 32 << 20) { $0.bytes.count }
  private let state = Mutex(State())

  init(_ saver: BlobSaver, _ progress: ArchiveProgress, _ interruption: Interruption) {
    self.saver = saver
    self.progress = progress
    self.interruption = interruption
  }

  /// Reads the stream to its end and stores it.
  ///
  /// - Throws: Why the stream broke off, or the first error of the saver.
  func store(
    _ stream: some ByteStream,
    _ chunker: Chunker,
    savers: Int
  ) throws -> StreamContent {
    let threads = WorkerThreads()
    for _ in 0..<savers {
      threads.start { [self] in
        do {
          while let chunk = try chunks.pop() { try save(chunk) }
        } catch {
          chunks.fail(error)
        }
      }
    }
    let size = Result { try cut(stream, chunker) }
    if case .failure(let error) = size { chunks.fail(error) } else { chunks.close() }
    threads.join()
    let count = try size.get()
    _ = try chunks.pop()  // Throws what a saver failed with after all was cut.
    return state.withLock { state in
      StreamContent(
        blobs: state.blobs.sorted { $0.key < $1.key }.map(\.value),
        size: count,
        stored: state.stored
      )
    }
  }

  /// Returns how many bytes there were.
  private func cut(_ stream: some ByteStream, _ chunker: Chunker) throws -> UInt64 {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Chunker.sizeMax,
      alignment: 16
    )
    defer { memory.deallocate() }
    var (filled, searched, place) = (0, 0, 0)
    var size: UInt64 = 0
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
      let count = try stream.read(into: room, interruption)
      filled += count
      size += UInt64(count)
      progress.addDone(bytes: UInt64(count))
      let isEnd = count == 0
      while true {
        let bytes = UnsafeRawBufferPointer(rebasing: memory[..<filled])
        guard
          let length = chunker.nextCut(in: bytes, isEnd: isEnd, searchedUpTo: &searched)
        else { break }
        try chunks.push(Chunk(place: place, bytes: Array(bytes[..<length])))
        place += 1
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[length...]))
        filled -= length
      }
      if isEnd { return size }
    }
  }

  private func save(_ chunk: Chunk) throws {
    let saved = try chunk.bytes.withUnsafeBytes { try saver.save($0, as: .data) }
    state.withLock { state in
      state.blobs[chunk.place] = saved.id
      if saved.isNew { state.stored.add(size: chunk.bytes.count, stored: saved.storedSize) }
    }
  }
}
