extension NameGlob {
  /// Whether `name` as a whole is what the pattern describes.
  package func matches(_ name: UnsafeRawBufferPointer) -> Bool {
    if let literal {
      return literal.count == name.count && literal.elementsEqual(name)
    }
    var position = 0
    for (index, chunk) in chunks.enumerated() {
      let isLast = index == chunks.count - 1
      if chunk.isAfterStar, chunk.tokens.isEmpty { return true }
      // Without a star the chunk must stand exactly here.
      if let end = Self.end(of: chunk.tokens, in: name, from: position),
        !isLast || end == name.count
      {
        position = end
        continue
      }
      guard chunk.isAfterStar,
        let end = Self.firstEnd(of: chunk.tokens, in: name, after: position, isLast: isLast)
      else { return false }
      position = end
    }
    return position == name.count
  }

  /// The end of the first place after `start` where `tokens` stand.
  private static func firstEnd(
    of tokens: [Token],
    in name: UnsafeRawBufferPointer,
    after start: Int,
    isLast: Bool
  ) -> Int? {
    var skipped = start + 1
    while skipped <= name.count {
      if let end = end(of: tokens, in: name, from: skipped), !isLast || end == name.count {
        return end
      }
      skipped += 1
    }
    return nil
  }

  /// Where `tokens` end when they begin at `start`.
  private static func end(
    of tokens: [Token],
    in name: UnsafeRawBufferPointer,
    from start: Int
  ) -> Int? {
    var position = start
    for token in tokens {
      guard position < name.count else { return nil }
      switch token {
      case .byte(let byte):
        if name[position] != byte { return nil }
        position += 1
      case .anyCharacter:
        position += decodeCharacter(name, at: position).length
      case .oneOf(let ranges, let isNegated):
        let (character, length, _) = decodeCharacter(name, at: position)
        if ranges.contains(where: { $0.contains(character) }) == isNegated { return nil }
        position += length
      }
    }
    return position
  }
}
