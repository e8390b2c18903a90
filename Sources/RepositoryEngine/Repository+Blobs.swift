import Machine
import ObjectStorage
package import RepositoryFormat

extension Repository {
  /// Reads a blob; where one copy is damaged, the next.
  ///
  /// - Returns: The plaintext, whose hash is `id`.
  /// - Throws: ``RepositoryError`` when no copy is known or none is whole; its cause is what was
  ///   wrong with the first.
  package func loadBlob(_ type: BlobType, _ id: BlobID) throws -> [UInt8] {
    try loadBlob(type, id, besides: nil, after: nil)
  }

  /// Reads the nodes of a tree.
  ///
  /// - Throws: ``RepositoryError`` when the blob can't be read or is no tree.
  package func loadTree(_ id: BlobID) throws -> [Node] {
    let bytes = try loadBlob(.tree, id)
    do {
      return try bytes.withUnsafeBytes { try decodeTree($0) }
    } catch {
      throw failure(.unreadableBlob(.tree, id), error)
    }
  }

  /// Reads what a tree refers to.
  ///
  /// - Throws: As ``loadTree(_:)``.
  func treeReferences(_ id: BlobID) throws -> TreeReferences {
    let bytes = try loadBlob(.tree, id)
    do {
      return try bytes.withUnsafeBytes { try TreeReferences(parsing: $0) }
    } catch {
      throw failure(.unreadableBlob(.tree, id), error)
    }
  }

  /// Reads several blobs of one pack with a single request, from the first to the last of them.
  ///
  /// - Parameters:
  ///   - pack: The pack.
  ///   - entries: Blobs in it and where; what lies between them is read too.
  ///   - type: Of all of them.
  ///   - each: Gets each blob, verified, in the order of `entries`; the bytes are valid only
  ///     during the call.
  /// - Throws: ``RepositoryError`` when a blob is damaged here and has no whole copy elsewhere;
  ///   what `each` throws.
  package func readBlobs(
    in pack: PackID,
    _ entries: [(id: BlobID, location: BlobLocation)],
    type: BlobType = .data,
    each: (BlobID, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let start = entries.map(\.location.offset).min() else { return }
    let end = entries.map { UInt64($0.location.offset) + UInt64($0.location.length) }.max() ?? 0
    let name = ObjectName(kind: FileKind.data.rawValue, name: pack.digest.hex)
    let run = Result { () throws -> [UInt8] in
      try store.get(name, offset: UInt64(start), length: Int(end - UInt64(start)))
    }
    try codecs.with { codec in
      for (id, location) in entries {
        let opened = Result { () throws -> UnsafeRawBufferPointer in
          let first = Int(location.offset - start)
          return try run.get().withUnsafeBytes { bytes in
            let sealed = bytes[first..<first + Int(location.length)]
            return try codec.open(UnsafeRawBufferPointer(rebasing: sealed), location, id)
          }
        }
        switch opened {
        case .success(let plain): try each(id, plain)
        case .failure(let error):
          try loadBlob(type, id, besides: nil, after: error).withUnsafeBytes { try each(id, $0) }
        }
      }
      codec.trim()
    }
  }

  /// Reads a blob from any pack but one, where it is damaged.
  func loadBlob(
    _ type: BlobType,
    _ id: BlobID,
    besides excluded: PackID?,
    after earlier: (any Error)?
  ) throws -> [UInt8] {
    var first = earlier
    for location in locations(type, id) where location.pack != excluded {
      do {
        return try loadCopy(of: id, at: location)
      } catch {
        first = first ?? error
      }
    }
    throw failure(.unreadableBlob(type, id), first ?? NotIndexed())
  }

  /// Reads one copy of a blob.
  ///
  /// - Throws: ``StoreError``, or what is wrong with it.
  func loadCopy(of id: BlobID, at location: BlobLocation) throws -> [UInt8] {
    let name = ObjectName(kind: FileKind.data.rawValue, name: location.pack.digest.hex)
    return try readingAgain {
      let sealed = try store.get(
        name,
        offset: UInt64(location.offset),
        length: Int(location.length)
      )
      return try codecs.with { codec in
        defer { codec.trim() }
        return try sealed.withUnsafeBytes { Array(try codec.open($0, location, id)) }
      }
    }
  }
}

/// Calls `read` a second time when what came was damaged: perhaps only on its way.
func readingAgain<Value>(_ read: () throws -> Value) throws -> Value {
  do {
    return try read()
  } catch  where isLoss(error) {
    return try read()
  }
}

/// A blob that no index file names.
struct NotIndexed: Error, Hashable, CustomStringConvertible {
  var description: String { "no index file names it" }
}
