package import RepositoryFormat

/// How much of the packs a check reads.
package enum CheckedPacks: Hashable, Sendable {
  case none
  case all
  /// Those whose number, by the first byte of the id, is in this part of `of` equal parts;
  /// `part` begins with 1.
  case part(Int, of: Int)
  /// So many percent of them, above 0 and at most 100, chosen at random.
  case percent(Double)
  /// So many that their sizes add up to this many bytes, chosen at random.
  case bytes(UInt64)
}

/// What a check looks at.
package struct CheckOptions: Hashable, Sendable {
  package var packs = CheckedPacks.none
  /// Only these snapshots, and only packs with something they need; nil for all.
  package var snapshots: Set<SnapshotID>?

  package init() {}
}

/// How far a check is.
package enum CheckProgress: Hashable, Sendable {
  case index(done: Int, of: Int)
  case snapshots(done: Int, of: Int)
  /// `bytes` counts all packs that are done.
  case packs(done: Int, of: Int, bytes: UInt64)
}

/// Something that a check found.
package struct CheckProblem: Hashable, Sendable, CustomStringConvertible {
  /// Whether the repository is still sound, only untidy.
  package var isHint: Bool
  /// The kind of file that is concerned; nil when it is a tree or a blob.
  package var kind: FileKind?
  /// The name of the file or the id of the blob.
  package var name: String
  /// In plain words, with kind and name.
  package var description: String

  package init(isHint: Bool = false, kind: FileKind?, name: String, description: String) {
    self.isHint = isHint
    self.kind = kind
    self.name = name
    self.description = description
  }
}

/// What a check found in all.
package struct CheckSummary: Hashable, Sendable {
  /// Problems that aren't hints.
  package var errors = 0
  package var hints = 0
  /// Packs that are damaged or missing.
  package var brokenPacks: [PackID] = []
  /// Whether `repair index` helps.
  package var suggestsRepairIndex = false
  /// Whether `prune` tidies up.
  package var suggestsPrune = false
  package var snapshots = 0
  package var packs = 0
  package var packsRead = 0

  package init() {}
}
