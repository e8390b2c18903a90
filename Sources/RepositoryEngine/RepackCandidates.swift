import RepositoryFormat

/// A pack that might be rewritten.
struct RepackCandidate {
  var id: PackID
  var use: PackUse
  var mustCompress = false
}

/// Packs that might be rewritten, and in which order.
struct RepackCandidates {
  /// Packs below it are small.
  let smallSize: UInt64
  private var candidates: [RepackCandidate] = []
  private var small: [RepackCandidate] = []

  /// Fewer small packs than this aren't worth the trouble.
  private static let smallPacksMin = 10

  init(smallSize: UInt64) { self.smallSize = smallSize }

  mutating func add(_ id: PackID, _ use: PackUse, mustCompress: Bool) {
    candidates.append(RepackCandidate(id: id, use: use, mustCompress: mustCompress))
  }

  /// Adds a pack that is needed as it is, when it is small and so are others.
  mutating func addWhenSmall(_ id: PackID, _ use: PackUse) -> Bool {
    guard use.size < smallSize else { return false }
    small.append(RepackCandidate(id: id, use: use))
    return true
  }

  /// Those that aren't worth the trouble.
  var leftAlone: [RepackCandidate] { small.count < Self.smallPacksMin ? small : [] }

  /// Trees first, then small packs, then those with the largest part that nobody needs.
  func sorted() -> [RepackCandidate] {
    let all = small.count < Self.smallPacksMin ? candidates : candidates + small
    return all.sorted { left, right in
      let (a, b) = (left.use, right.use)
      if (a.content == .data) != (b.content == .data) { return a.content != .data }
      if (a.size < smallSize) != (b.size < smallSize) { return a.size < smallSize }
      return a.unusedSize * b.usedSize > b.unusedSize * a.usedSize
    }
  }
}
