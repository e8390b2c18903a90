// Linked with libFuzzer and the sources of RepositoryFormat by Scripts/fuzz: one program for all
// parsers of stored data. STILLPOINT_PARSER names the one that gets the bytes.

/// A parser of stored bytes; throws for what is none, and must never do anything worse.
private enum Parser: String {
  case tree, index, snapshot, key, config, lock, header, unpacked

  static let chosen = Parser(rawValue: parserName()) ?? .tree

  func parse(_ bytes: UnsafeRawBufferPointer) throws {
    switch self {
    case .tree: try checkTree(bytes)
    case .index: try parseIndex(bytes) { _, _ in }
    case .snapshot: try checkSnapshot(Array(bytes))
    case .key: _ = try KeyFile(parsing: Array(bytes))
    case .config: _ = try ConfigFile(parsing: Array(bytes))
    case .lock: _ = try LockFile(parsing: Array(bytes))
    case .header: try checkHeader(Array(bytes))
    case .unpacked: _ = try decodeUnpacked(Array(bytes))
    }
  }

  /// What was read can be written and read again, and both readers find the same blobs.
  private func checkTree(_ bytes: UnsafeRawBufferPointer) throws {
    let nodes = try decodeTree(bytes)
    let references = try TreeReferences(parsing: bytes)
    precondition(references.content.count >= nodes.reduce(0) { $0 + ($1.content?.count ?? 0) })
    // Only trees whose names ascend are ever written.
    guard areAscending(nodes) else { return }
    try expectStable(encodeTree(nodes)) { written in
      encodeTree(try written.withUnsafeBytes { try decodeTree($0) })
    }
  }

  private func checkSnapshot(_ bytes: [UInt8]) throws {
    try expectStable(SnapshotFile(parsing: bytes).encoded()) { written in
      try SnapshotFile(parsing: written).encoded()
    }
  }

  /// As in Go, what is no UTF-8 is written as `\ufffd`, which then is read as U+FFFD and written as
  /// that. From there on nothing changes.
  private func expectStable(_ written: [UInt8], rewrite: ([UInt8]) throws -> [UInt8]) throws {
    let second = try rewrite(written)
    let third = try rewrite(second)
    precondition(third == second, "it changes when it is written and read")
  }

  private func checkHeader(_ bytes: [UInt8]) throws {
    let blobs = try parseHeader(bytes)
    precondition(encodeHeader(blobs) == bytes, "a pack header changes")
  }
}

/// Called by libFuzzer with whatever it thinks of.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  try? Parser.chosen.parse(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  return 0
}
