/// A compiled pattern for one name, with the meaning of Go's `filepath.Match`: `*` any bytes,
/// `?` one character, `[a-z]` and `[^a-z]` one of a class, `\` takes the next as it is.
package struct NameGlob: Hashable, Sendable {
  /// What one position of the name must be.
  enum Token: Hashable, Sendable {
    case byte(UInt8)
    case anyCharacter
    case oneOf([ClosedRange<UInt32>], isNegated: Bool)
  }

  /// What follows a star, or the beginning.
  struct Chunk: Hashable, Sendable {
    var isAfterStar: Bool
    var tokens: [Token]
  }

  let chunks: [Chunk]
  /// The whole pattern when it is only bytes: compared at once.
  let literal: ContiguousArray<UInt8>?

  /// Compiles `pattern`; nil when it is malformed.
  package init?(_ pattern: ArraySlice<UInt8>) {
    var rest = pattern
    var chunks: [Chunk] = []
    repeat {
      let isAfterStar = rest.first == UInt8(ascii: "*")
      rest = rest.drop { $0 == UInt8(ascii: "*") }
      let chunk = rest.prefix(Self.chunkLength(rest))
      rest = rest.dropFirst(chunk.count)
      guard let tokens = Self.tokens(of: chunk) else { return nil }
      chunks.append(Chunk(isAfterStar: isAfterStar, tokens: tokens))
    } while !rest.isEmpty
    self.chunks = chunks
    literal = Self.literal(chunks)
  }

  /// The length up to the next star outside a class.
  private static func chunkLength(_ pattern: ArraySlice<UInt8>) -> Int {
    var index = pattern.startIndex
    var isInClass = false
    while index < pattern.endIndex {
      switch pattern[index] {
      case UInt8(ascii: "\\"): if index + 1 < pattern.endIndex { index += 1 }
      case UInt8(ascii: "["): isInClass = true
      case UInt8(ascii: "]"): isInClass = false
      case UInt8(ascii: "*"): if !isInClass { return index - pattern.startIndex }
      default: break
      }
      index += 1
    }
    return pattern.count
  }

  private static func tokens(of chunk: ArraySlice<UInt8>) -> [Token]? {
    var rest = chunk
    var tokens: [Token] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "?"):
        tokens.append(.anyCharacter)
      case UInt8(ascii: "["):
        guard let token = characterClass(&rest) else { return nil }
        tokens.append(token)
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst() else { return nil }
        tokens.append(.byte(escaped))
      default:
        tokens.append(.byte(byte))
      }
    }
    return tokens
  }

  /// Reads a class after its `[`.
  private static func characterClass(_ rest: inout ArraySlice<UInt8>) -> Token? {
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest.removeFirst() }
    var ranges: [ClosedRange<UInt32>] = []
    while true {
      if rest.first == UInt8(ascii: "]"), !ranges.isEmpty {
        rest.removeFirst()
        // Ranges that end before they begin match nothing.
        return .oneOf(ranges.filter { $0 != Self.nothing }, isNegated: isNegated)
      }
      guard let low = classCharacter(&rest) else { return nil }
      var high = low
      if rest.first == UInt8(ascii: "-") {
        rest.removeFirst()
        guard let end = classCharacter(&rest) else { return nil }
        high = end
      }
      ranges.append(low <= high ? low...high : Self.nothing)
    }
  }

  private static let nothing: ClosedRange<UInt32> = UInt32.max...UInt32.max

  /// Reads one character of a class, which something must follow.
  private static func classCharacter(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    guard let first = rest.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "]") else {
      return nil
    }
    if first == UInt8(ascii: "\\") { rest.removeFirst() }
    guard !rest.isEmpty else { return nil }
    let (character, length, isValid) = rest.withUnsafeBytes { decodeCharacter($0, at: 0) }
    guard isValid else { return nil }
    rest.removeFirst(length)
    return rest.isEmpty ? nil : character
  }

  private static func literal(_ chunks: [Chunk]) -> ContiguousArray<UInt8>? {
    guard chunks.count == 1, !chunks[0].isAfterStar else { return nil }
    var bytes: ContiguousArray<UInt8> = []
    for token in chunks[0].tokens {
      guard case .byte(let byte) = token else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

/// Decodes one character of UTF-8 as Go does: what is malformed counts as U+FFFD of one byte.
func decodeCharacter(
  _ bytes: UnsafeRawBufferPointer,
  at start: Int
) -> (character: UInt32, length: Int, isValid: Bool) {
  let first = bytes[start]
  if first < 0x80 { return (UInt32(first), 1, true) }
  let length: Int
  var value: UInt32
  var secondRange: ClosedRange<UInt8> = 0x80...0xbf
  switch first {
  case 0xc2...0xdf: (length, value) = (2, UInt32(first & 0x1f))
  case 0xe0...0xef:
    (length, value) = (3, UInt32(first & 0x0f))
    if first == 0xe0 { secondRange = 0xa0...0xbf }
    if first == 0xed { secondRange = 0x80...0x9f }
  case 0xf0...0xf4:
    (length, value) = (4, UInt32(first & 0x07))
    if first == 0xf0 { secondRange = 0x90...0xbf }
    if first == 0xf4 { secondRange = 0x80...0x8f }
  default: return (0xfffd, 1, false)
  }
  guard start + length <= bytes.count else { return (0xfffd, 1, false) }
  for offset in 1..<length {
    let byte = bytes[start + offset]
    let allowed = offset == 1 ? secondRange : 0x80...0xbf
    guard allowed.contains(byte) else { return (0xfffd, 1, false) }
    value = value << 6 | UInt32(byte & 0x3f)
  }
  return (value, length, true)
}
