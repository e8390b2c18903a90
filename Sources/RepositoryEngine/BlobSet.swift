package import RepositoryFormat

/// A set of blobs of one repository: a bit for each blob that its index knows.
package struct BlobSet: Sendable {
  private let index: BlobIndex
  private var data: BlobBits
  private var trees: BlobBits

  init(_ index: BlobIndex) {
    self.index = index
    data = BlobBits(index.data)
    trees = BlobBits(index.trees)
  }

  /// Adds a blob.
  ///
  /// - Returns: Whether it wasn't there before.
  @discardableResult
  package mutating func insert(_ type: BlobType, _ id: BlobID) -> Bool {
    switch type {
    case .data: data.insert(id, index.data)
    case .tree: trees.insert(id, index.trees)
    }
  }

  /// Adds what a node refers to: the data of a file, the tree of a folder.
  package mutating func insert(contentOf node: Node) {
    switch node.type {
    case .file: for id in node.content ?? [] { insert(.data, id) }
    case .dir: if let subtree = node.subtree { insert(.tree, subtree) }
    case .symlink, .dev, .chardev, .fifo, .socket, .irregular: break
    }
  }

  /// Takes out what is in `other`, a set of the same repository and index.
  package mutating func subtract(_ other: BlobSet) {
    precondition(index === other.index, "blobs are counted by the same index")
    data.subtract(other.data)
    trees.subtract(other.trees)
  }

  /// Calls `body` with every blob, and with where its first copy is when the index knows.
  package func forEach(_ body: (BlobType, BlobID, BlobLocation?) throws -> Void) rethrows {
    for (type, bits) in [(BlobType.data, data), (.tree, trees)] {
      try bits.forEachNumber { number in
        let entry = index.table(type).entries[number]
        try body(type, entry.id, BlobLocation(entry, in: index.packs[Int(entry.pack)]))
      }
      for id in bits.unknown { try body(type, id, nil) }
    }
  }
}

/// The blobs of one type.
private struct BlobBits: Sendable {
  private var words: [UInt64]
  /// Those that the index doesn't know.
  private(set) var unknown: Set<BlobID> = []

  init(_ table: BlobTable) {
    words = [UInt64](repeating: 0, count: table.entries.segments.count << 10)
  }

  mutating func insert(_ id: BlobID, _ table: BlobTable) -> Bool {
    guard let number = table.firstNumber(id) else { return unknown.insert(id).inserted }
    let bit: UInt64 = 1 << UInt64(number & 63)
    defer { words[Int(number >> 6)] |= bit }
    return words[Int(number >> 6)] & bit == 0
  }

  mutating func subtract(_ other: BlobBits) {
    for position in words.indices { words[position] &= ~other.words[position] }
    unknown.subtract(other.unknown)
  }

  func forEachNumber(_ body: (UInt32) throws -> Void) rethrows {
    for (position, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        try body(UInt32(position << 6 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }
}
