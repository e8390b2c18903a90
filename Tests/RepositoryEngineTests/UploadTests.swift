import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Uploading` {
  @Test(arguments: [1, 2])
  func `stores blobs that a later run finds and reads`(_ version: Int) throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store, version: version)
    let contents = [[], [7], prose(100_000, seed: 1), noise(700_000, seed: 2)]
    let saved = try repository.uploading { saver in
      try contents.map { content in try saver.save(content) }
    }
    #expect(saved.map(\.isNew) == [true, true, true, true])
    let later = try Repository.openForTesting(store)
    for (blob, content) in zip(saved, contents) {
      #expect(later.contains(.data, blob.id))
      #expect(!later.contains(.tree, blob.id))
      #expect(later.plainSize(.data, blob.id) == content.count)
      #expect(try later.loadBlob(.data, blob.id) == content)
      #expect(try repository.loadBlob(.data, blob.id) == content)
    }
    #expect(try problems(in: store) == [])
  }

  @Test func `stores equal blobs once, data and trees apart`() throws {
    let repository = try Repository.forTesting()
    let text = prose(1000, seed: 1)
    try repository.uploading { saver in
      let saved = [
        try saver.save(text), try saver.save(text), try saver.save(text, as: .tree),
      ]
      #expect(saved.map(\.isNew) == [true, false, true])
    }
    let again = try repository.uploading { saver in try saver.save(text) }
    #expect(!again.isNew)
    #expect(try repository.store.list("data").count == 2)
  }

  @Test func `many threads that save the same blobs store each once`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let new = Locked(0)
    try repository.uploading { saver in
      let threads = WorkerThreads()
      for _ in 0..<4 {
        threads.start {
          for seed in 0..<100 {
            let blob = try? saver.save(noise(2000, seed: seed))
            if blob?.isNew ?? false { new.update { $0 += 1 } }
          }
        }
      }
      threads.join()
    }
    #expect(new.value == 100)
    #expect(try problems(in: store) == [])
    let later = try Repository.openForTesting(store)
    for seed in 0..<100 {
      let content = noise(2000, seed: seed)
      #expect(try later.loadBlob(.data, BlobID(sha256(content))) == content)
    }
  }

  @Test func `fills packs up to their size, and merges what is left`() throws {
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 20
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store, options: options)
    try repository.uploading { saver in
      for seed in 0..<50 { try saver.save(noise(100_000, seed: seed)) }
      try saver.save(noise(3 << 20, seed: 99))
    }
    let sizes = try store.list("data").map(\.size)
    // 4 or 5 full packs of 11 blobs each, one pack of its own, and what is left.
    #expect((6...7).contains(sizes.count))
    #expect(sizes.allSatisfy { $0 < 4 << 20 })
    #expect(try problems(in: store) == [])
  }

  @Test func `writes an index as soon as it is large`() throws {
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 16
    options.indexBlobsMax = 10
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store, options: options)
    try repository.uploading { saver in
      for seed in 0..<100 { try saver.save(noise(20_000, seed: seed)) }
    }
    #expect(try store.list("index").count > 5)
    #expect(try problems(in: store) == [])
  }

  @Test func `counts but stores nothing in a dry run`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let content = noise(10_000, seed: 1)
    try repository.uploading(dryRun: true) { saver in
      let first = try saver.save(content)
      #expect(first.isNew)
      #expect(first.storedSize == 10_000 + Sealer.overhead + PackLayout.entrySize)
      let second = try saver.save(content)
      #expect(!second.isNew)
    }
    #expect(!repository.contains(.data, BlobID(sha256(content))))
    #expect(try store.list("data").isEmpty)
    #expect(try store.list("index").isEmpty)
  }

  @Test func `keeps what was stored before an interruption`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let interruption = Interruption()
    let content = noise(10_000, seed: 1)
    #expect(throws: Interrupted.self) {
      try repository.uploading(interruption: interruption) { saver in
        try saver.save(content)
        interruption.request()
        try interruption.check()
      }
    }
    let later = try Repository.openForTesting(store)
    #expect(try later.loadBlob(.data, BlobID(sha256(content))) == content)
    #expect(try problems(in: store) == [])
  }

  @Test func `a failure fails all later saves and the upload`() throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    let faulty = FaultyStore(store, failingAt: 1, failing: [.append], fault: .error(.noSpace))
    let repository = try Repository.openForTesting(faulty)
    let content = noise(600_000, seed: 1)
    var failures = 0
    let upload = Result {
      try repository.uploading { saver in
        for bytes in [content, content, [1]] where (try? saver.save(bytes)) == nil {
          failures += 1
        }
      }
    }
    #expect(throws: StoreError.self) { try upload.get() }
    #expect(failures == 3)
    #expect(!repository.contains(.data, BlobID(sha256(content))))
    let again = try repository.uploading { saver in try saver.save(content) }
    #expect(again.isNew)
    #expect(try problems(in: store) == [])
  }

  @Test func `reads a run of blobs with one request, and damaged ones from elsewhere`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let contents = (0..<5).map { noise(1000, seed: $0) }
    let ids = contents.map { BlobID(sha256($0)) }
    for _ in 0..<2 {
      // Twice, by one who doesn't know of the other.
      let other = try Repository.open(store, password: Repository.testPassword)
      try other.uploading { saver in for content in contents { try saver.save(content) } }
    }
    try repository.loadIndex()
    let pack = try #require(repository.location(.data, ids[0])).pack
    let entries = try ids.map { id in
      let found = repository.locations(.data, id).first { $0.pack == pack }
      return (id: id, location: try #require(found))
    }
    let name = ObjectName(kind: "data", name: pack.digest.hex)
    var bytes = try store.get(name)
    bytes[Int(entries[2].location.offset) + 500] ^= 4
    try store.put(name, bytes)
    var read: [[UInt8]] = []
    try repository.readBlobs(in: pack, entries) { _, plain in read.append(Array(plain)) }
    #expect(read == contents)
    #expect(try repository.loadBlob(.data, ids[2]) == contents[2])
  }
}
