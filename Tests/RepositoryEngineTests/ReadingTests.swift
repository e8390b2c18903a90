import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Reading many blobs` {
  @Test(arguments: [0, 1, 2, 5, 40]) func `keeps their order`(count: Int) throws {
    let repository = try Repository.forTesting()
    let contents = (0..<count).map { noise(1000 + $0, seed: $0 / 3) }
    let ids = try store(contents, in: repository)
    var read: [[UInt8]] = []
    try repository.readBlobs(inOrder: ids, Interruption()) { read.append($0) }
    #expect(read == contents)
  }

  @Test func `ends when nobody wants more`() throws {
    let repository = try Repository.forTesting()
    let ids = try store((0..<30).map { noise(500, seed: $0) }, in: repository)
    var count = 0
    #expect(throws: Interrupted.self) {
      try repository.readBlobs(inOrder: ids, Interruption()) { _ in
        count += 1
        if count == 3 { throw Interrupted() }
      }
    }
    #expect(count == 3)
  }

  @Test func `says which blob is missing`() throws {
    let repository = try Repository.forTesting()
    let missing = BlobID(sha256([7]))
    let ids = try store([noise(50, seed: 1)], in: repository) + [missing]
    let error = try #require(throws: RepositoryError.self) {
      try repository.readBlobs(inOrder: ids, Interruption()) { _ in }
    }
    #expect(error.reason == .unreadableBlob(.data, missing))
  }

  @Test func `a set of blobs knows each once, also those of no index`() throws {
    let store = MemoryStore()
    let ids = try self.store(
      (0..<70).map { noise(100, seed: $0) },
      in: try Repository.forTesting(in: store)
    )
    let repository = try Repository.openForTesting(store)
    let unknown = BlobID(sha256([1, 2]))
    var all = try repository.noBlobs()
    for id in ids + [unknown] {
      let isNew = [all.insert(.data, id), all.insert(.data, id)]
      #expect(isNew == [true, false])
    }
    let isNew = all.insert(.tree, ids[0])
    #expect(isNew)
    var some = try repository.noBlobs()
    for id in ids.dropFirst(2) { some.insert(.data, id) }
    all.subtract(some)
    var left: [BlobID: BlobLocation?] = [:]
    all.forEach { type, id, location in
      if type == .data { left[id] = .some(location) }
    }
    #expect(Set(left.keys) == [ids[0], ids[1], unknown])
    #expect(left[ids[0]]??.plainSize == 100)
    #expect(left[unknown] == .some(nil))
  }

  private func store(_ contents: [[UInt8]], in repository: Repository) throws -> [BlobID] {
    try repository.uploading { saver in try contents.map { try saver.save($0).id } }
  }
}
