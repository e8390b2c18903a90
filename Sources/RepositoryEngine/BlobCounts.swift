import RepositoryFormat

/// A small number for every blob of an index: one byte each.
///
/// All copies of a blob share the number of the first.
struct BlobCounts: Sendable {
  private var data: [UInt8]
  private var trees: [UInt8]

  init(_ index: BlobIndex) {
    data = [UInt8](repeating: 0, count: index.data.entries.numbersEnd)
    trees = [UInt8](repeating: 0, count: index.trees.entries.numbersEnd)
  }

  /// The count of the blob whose first entry has this number.
  subscript(type: BlobType, number: UInt32) -> UInt8 {
    get { type == .data ? data[Int(number)] : trees[Int(number)] }
    set { if type == .data { data[Int(number)] = newValue } else { trees[Int(number)] = newValue } }
  }

  /// Whether all are zero.
  var isZero: Bool { data.allSatisfy { $0 == 0 } && trees.allSatisfy { $0 == 0 } }
}

extension BlobIndex {
  /// Calls `body` for every copy of every blob: its type, the number that all copies of the blob
  /// share, and the copy.
  func forEach(_ body: (BlobType, UInt32, BlobEntry) throws -> Void) rethrows {
    for type in [BlobType.data, .tree] {
      let table = table(type)
      try table.forEach { number, entry in
        try body(type, table.firstNumber(entry.id) ?? number, entry)
      }
    }
  }
}
