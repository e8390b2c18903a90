package import Machine
package import RepositoryFormat

/// Stores blobs that the repository doesn't hold yet.
///
/// Any thread may use it, several at once. Once a call failed, all later ones fail, and so does
/// the upload.
package final class BlobSaver: Sendable {
  private let repository: Repository
  private let uploads: Uploads?

  init(_ repository: Repository, _ uploads: Uploads?) {
    self.repository = repository
    self.uploads = uploads
  }

  /// Stores a blob unless the repository holds it.
  ///
  /// It is durable, and may be referred to by a snapshot, when `uploading` has returned.
  ///
  /// - Parameters:
  ///   - bytes: The plaintext.
  ///   - type: What it is.
  ///   - id: Its SHA-256 when the caller knows it.
  /// - Returns: Its id, whether it was new, and what it takes.
  /// - Throws: ``StoreError``, or ``RepositoryError`` when it didn't read back.
  package func save(
    _ bytes: UnsafeRawBufferPointer,
    as type: BlobType,
    id: BlobID? = nil
  ) throws -> SavedBlob {
    try uploads?.throwFailure()
    let id = id ?? BlobID(sha256(bytes))
    let isKnown = repository.loadedIndex?.contains(type, id) ?? false
    guard !isKnown, repository.fresh.reserve(type, id, plainSize: bytes.count) else {
      return SavedBlob(id: id, isNew: false, storedSize: 0)
    }
    do {
      let size = try store(bytes, type, id, mustCompress: false)
      return SavedBlob(id: id, isNew: true, storedSize: size)
    } catch {
      uploads?.fail(error)
      throw error
    }
  }

  /// Stores a blob even though the repository holds it: for when that copy is about to go.
  ///
  /// - Parameters:
  ///   - bytes: The plaintext.
  ///   - type: What it is.
  ///   - id: Its SHA-256.
  ///   - mustCompress: Whether it is compressed though that may not make it smaller: who asked for
  ///     it asks until everything is.
  /// - Throws: As ``save(_:as:id:)``.
  package func saveAgain(
    _ bytes: UnsafeRawBufferPointer,
    as type: BlobType,
    id: BlobID,
    mustCompress: Bool = false
  ) throws {
    try uploads?.throwFailure()
    do {
      _ = try store(bytes, type, id, mustCompress: mustCompress)
    } catch {
      uploads?.fail(error)
      throw error
    }
  }

  /// Stores a sealed blob once more as it is, after opening it and comparing its hash.
  ///
  /// - Parameters:
  ///   - sealed: The bytes.
  ///   - blob: What it should be.
  ///   - pack: Where it is.
  ///   - sealsAnew: Whether it is compressed first.
  /// - Throws: ``DamagedCopy``; ``StoreError``.
  func copy(
    _ sealed: UnsafeRawBufferPointer,
    _ blob: PackedBlob,
    of pack: PackID,
    sealsAnew: Bool
  ) throws {
    try uploads?.throwFailure()
    let plain = try repository.codecs.with { codec -> [UInt8]? in
      defer { codec.trim() }
      let opened: UnsafeRawBufferPointer
      do {
        opened = try codec.open(sealed, BlobLocation(blob, in: pack), blob.id)
      } catch {
        throw DamagedCopy(cause: error)
      }
      return sealsAnew ? Array(opened) : nil
    }
    if let plain {
      return try plain.withUnsafeBytes {
        try saveAgain($0, as: blob.type, id: blob.id, mustCompress: true)
      }
    }
    do {
      let length = blob.uncompressedLength
      _ = try uploads?.append(sealed, blob.id, blob.type, uncompressedLength: length)
    } catch {
      uploads?.fail(error)
      throw error
    }
  }

  /// Seals a blob and adds it to a pack; returns what that takes.
  private func store(
    _ bytes: UnsafeRawBufferPointer,
    _ type: BlobType,
    _ id: BlobID,
    mustCompress: Bool
  ) throws -> Int {
    try repository.codecs.with { codec in
      defer { codec.trim() }
      let sealed: UnsafeRawBufferPointer
      let length: UInt32
      do {
        (sealed, length) = try codec.seal(
          bytes,
          type,
          version: repository.config.version,
          mustCompress: mustCompress
        )
      } catch {
        let what = "the \(type.word) blob \(id.digest.hex)"
        throw repository.failure(.badVerification(what), error)
      }
      let entry = length == 0 ? PackLayout.entrySize : PackLayout.compressedEntrySize
      let isFull =
        try uploads?.append(sealed, id, type, uncompressedLength: length) ?? false
      let header = isFull ? Sealer.overhead + PackLayout.lengthFieldSize : 0
      return sealed.count + entry + header
    }
  }
}

extension Repository {
  /// Runs `body` with a saver and makes everything that it saved durable, index included.
  ///
  /// Whatever ends it early, what was stored so far is indexed where possible: the next run
  /// goes on from there. One upload at a time.
  ///
  /// - Parameters:
  ///   - dryRun: Store nothing, only count.
  ///   - interruption: Asked before `body` and after it.
  ///   - body: Saves from as many threads as it likes, which have ended when it returns.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws, else what went wrong while storing, else ``Interrupted``.
  package func uploading<Value>(
    dryRun: Bool = false,
    interruption: Interruption = Interruption(),
    body: (BlobSaver) throws -> Value
  ) throws -> Value {
    try interruption.check()
    defer { fresh.dropPending() }
    if dryRun { return try body(BlobSaver(self, nil)) }
    let uploads = Uploads(self)
    let threads = WorkerThreads()
    uploads.start(threads)
    return try releasing {
      let value = try body(BlobSaver(self, uploads))
      try interruption.check()
      return value
    } release: {
      try uploads.finish(threads)
    }
  }
}
