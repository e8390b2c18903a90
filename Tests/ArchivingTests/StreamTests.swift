import Archiving
import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization
import TestSupport
import Testing

@Suite struct `A stream as a file` {
  /// Gives bytes in pieces of odd sizes, and may break off.
  private final class Pieces: ByteStream {
    private let bytes: [UInt8]
    private let breaksOff: Bool
    private let position = Mutex(0)

    init(_ bytes: [UInt8], breaksOff: Bool = false) {
      self.bytes = bytes
      self.breaksOff = breaksOff
    }

    func read(
      into buffer: UnsafeMutableRawBufferPointer,
      _ interruption: Interruption
    ) throws -> Int {
      try interruption.check()
      return try position.withLock { position in
        let count = min(buffer.count, 65_521, bytes.count - position)
        if count == 0 && breaksOff {
          throw SystemCallError(call: "read", subject: "", errno: .ioError)
        }
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
      }
    }
  }

  private func bytes(_ count: Int) -> [UInt8] {
    var state: UInt64 = 88_172_645_463_325_252
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }

  private func store(
    _ stream: Pieces,
    at path: FilePath,
    in repository: Repository,
    parent: BlobID? = nil
  ) throws -> ArchiveResult {
    let time = NodeTime(seconds: 1_600_000_000, nanoseconds: 7, utcOffset: 3600)
    var request = StreamRequest(path: path, time: time, interruption: Interruption())
    request.parentTree = parent
    return try repository.uploading { saver in
      try archive(stream, as: request, into: repository, saver: saver)
    }
  }

  @Test func `is cut as the same file would be, in order`() throws {
    let repository = try Repository.forTesting()
    let content = bytes(20 << 20)
    let result = try store(Pieces(content), at: "/a/b/file", in: repository)
    let a = try #require(repository.loadTree(result.tree).first)
    let below = try #require(a.subtree)
    let b = try #require(repository.loadTree(below).first)
    let lowest = try #require(b.subtree)
    let file = try #require(repository.loadTree(lowest).first)
    #expect([a, b, file].map(\.name) == ["a", "b", "file"].map { Array($0.utf8) })
    #expect(a.mode == 0o20000000755)
    #expect(file.mode == 0o644)
    #expect(file.size == UInt64(content.count))
    #expect(file.accessed == file.modified)
    var expected: [BlobID] = []
    let chunker = Chunker(repository.config.chunkerPolynomial)
    content.withUnsafeBytes { all in
      var rest = all[...]
      while !rest.isEmpty {
        var searched = 0
        let bytes = UnsafeRawBufferPointer(rebasing: rest)
        guard let length = chunker.nextCut(in: bytes, isEnd: true, searchedUpTo: &searched)
        else { break }
        expected.append(BlobID(sha256(UnsafeRawBufferPointer(rebasing: rest.prefix(length)))))
        rest = rest.dropFirst(length)
      }
    }
    #expect(file.content == expected)
    #expect(result.counts.filesNew == 1)
    #expect(result.counts.directoriesNew == 2)
    #expect(result.counts.dataBlobs == UInt64(expected.count))
    #expect(result.counts.treeBlobs == 3)
  }

  @Test func `is compared with the parent's`() throws {
    let repository = try Repository.forTesting()
    let first = try store(Pieces([1, 2, 3]), at: "/d/f", in: repository)
    let same = try store(Pieces([1, 2, 3]), at: "/d/f", in: repository, parent: first.tree)
    #expect(same.tree == first.tree)
    #expect(same.counts.filesUnmodified == 1)
    #expect(same.counts.directoriesUnmodified == 1)
    let changed = try store(Pieces([4]), at: "/d/f", in: repository, parent: first.tree)
    #expect(changed.counts.filesChanged == 1)
    #expect(changed.counts.directoriesChanged == 1)
  }

  @Test func `without a byte is a problem, and no file`() throws {
    let repository = try Repository.forTesting()
    let result = try store(Pieces([]), at: "/f", in: repository)
    #expect(try repository.loadTree(result.tree).isEmpty)
    #expect(result.problems.map(\.path) == ["/f"])
    #expect(result.counts.filesProcessed == 0)
  }

  @Test func `that breaks off is an error`() throws {
    let repository = try Repository.forTesting()
    #expect(throws: SystemCallError.self) {
      try store(Pieces(bytes(3 << 20), breaksOff: true), at: "/f", in: repository)
    }
  }
}
