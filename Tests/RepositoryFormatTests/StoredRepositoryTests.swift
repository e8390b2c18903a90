import RepositoryFormat
import Testing

@Suite struct `Repositories of others` {
  struct Archive: CustomTestStringConvertible {
    var name: String
    var password: String
    /// Whether restic itself wrote it, so that its files are canonical.
    var isRestic: Bool

    var testDescription: String { name }
  }

  static let archives = [
    Archive(name: "restic-0.19.1-repo-tiny.tar.gz", password: "geheim", isRestic: true),
    Archive(name: "restic-0.19.1-repo-nasty.tar.gz", password: "geheim", isRestic: true),
    Archive(name: "synthetic-repo-v1.tar.gz", password: "vector-password", isRestic: false),
    Archive(name: "synthetic-repo-v2.tar.gz", password: "vector-password", isRestic: false),
  ]

  @Test(arguments: archives)
  func `every file opens, and says what its name and its index promise`(archive: Archive) throws {
    let repository = try StoredRepository(archive: archive.name)
    let key = try repository.masterKey(password: archive.password)
    let sealer = Sealer(key)
    let config = try ConfigFile(parsing: try sealer.opened(repository.config))
    #expect(config.version == (archive.name.contains("-v1") ? 1 : 2))

    var indexed: [PackID: Set<PackedBlob>] = [:]
    for (name, sealed) in repository.index {
      #expect(sha256(sealed).hex == name)
      let json = try decodeUnpacked(try sealer.opened(sealed))
      try json.withUnsafeBytes { bytes in
        try parseIndex(bytes) { pack, blob in indexed[pack, default: []].insert(blob) }
      }
    }
    #expect(indexed.count == repository.packs.count)
    for (name, pack) in repository.packs {
      #expect(sha256(pack).hex == name)
      let blobs = try repository.blobs(inPack: pack, key: key)
      #expect(indexed[PackID(sha256(pack))] == Set(blobs.map(\.0)))
      for (blob, plaintext) in blobs {
        #expect(sha256(plaintext) == blob.id.digest)
        #expect(plaintext.count == blob.plainLength)
      }
    }
    for (name, sealed) in repository.snapshots {
      #expect(sha256(sealed).hex == name)
      _ = try SnapshotFile(parsing: try decodeUnpacked(try sealer.opened(sealed)))
    }
  }

  @Test(arguments: archives.filter(\.isRestic))
  func `restic's files come out of our encoders as they went in`(archive: Archive) throws {
    let repository = try StoredRepository(archive: archive.name)
    let key = try repository.masterKey(password: archive.password)
    let sealer = Sealer(key)
    for file in repository.keys.values {
      #expect(try KeyFile(parsing: file).encoded() == file)
    }
    let config = try sealer.opened(repository.config)
    #expect(try ConfigFile(parsing: config).encoded() == config)
    for sealed in repository.snapshots.values {
      let json = try decodeUnpacked(try sealer.opened(sealed))
      #expect(try SnapshotFile(parsing: json).encoded() == json)
    }
    for sealed in repository.index.values {
      let json = try decodeUnpacked(try sealer.opened(sealed))
      #expect(encodeIndex(try packs(ofIndex: json)) == json)
    }
    for pack in repository.packs.values {
      let blobs = try repository.blobs(inPack: pack, key: key)
      #expect(try parseHeader(encodeHeader(blobs.map(\.0))) == blobs.map(\.0))
      for (blob, plaintext) in blobs where blob.type == .tree {
        let nodes = try plaintext.withUnsafeBytes { try decodeTree($0) }
        #expect(encodeTree(nodes) == plaintext, "tree \(blob.id.digest.hex)")
      }
    }
  }

  @Test func `another password is wrong`() throws {
    let repository = try StoredRepository(archive: "synthetic-repo-v2.tar.gz")
    #expect(throws: KeyError.wrongPassword) {
      try repository.masterKey(password: "vector-passwore")
    }
  }
}

/// The packs of an index file in their order.
func packs(ofIndex json: [UInt8]) throws -> [(PackID, [PackedBlob])] {
  var packs: [(PackID, [PackedBlob])] = []
  try json.withUnsafeBytes { bytes in
    try parseIndex(bytes) { pack, blob in
      if packs.last?.0 != pack { packs.append((pack, [])) }
      packs[packs.count - 1].1.append(blob)
    }
  }
  return packs
}
