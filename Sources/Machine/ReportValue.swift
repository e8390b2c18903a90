/// A value of JSON, as far as reports of programs need it.
///
/// Source: RFC 8259; `\u` escapes aren't understood, since no report that we ask for has them.
enum ReportValue: Hashable {
  case text(String)
  case list([ReportValue])
  case members([String: ReportValue])
  /// A number, `true`, `false` or `null`, as it is written.
  case word(String)

  /// Reads one value and white space around it; nil when it is anything else.
  init?(parsing bytes: [UInt8]) {
    var reader = ReportReader(rest: bytes[...])
    guard let value = reader.value(depth: 0), reader.isAtEnd() else { return nil }
    self = value
  }

  subscript(name: String) -> ReportValue? {
    if case .members(let members) = self { members[name] } else { nil }
  }

  /// The values of a list; none for anything else.
  var values: [ReportValue] { if case .list(let values) = self { values } else { [] } }

  /// The characters of a string or of a word.
  var text: String? {
    switch self {
    case .text(let text), .word(let text): text
    case .list, .members: nil
    }
  }
}

private struct ReportReader {
  var rest: ArraySlice<UInt8>

  /// More than any report has.
  private static let depthMax = 32

  mutating func isAtEnd() -> Bool {
    skipSpace()
    return rest.isEmpty
  }

  mutating func value(depth: Int) -> ReportValue? {
    skipSpace()
    guard depth < Self.depthMax, let first = rest.first else { return nil }
    switch first {
    case UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "["): return list(depth)
    case UInt8(ascii: "{"): return members(depth)
    default:
      let word = rest.prefix { "+-.0123456789abcdefghijklmnopqrstuvwxyzE".utf8.contains($0) }
      rest = rest.dropFirst(word.count)
      return word.isEmpty ? nil : .word(String(decoding: word, as: UTF8.self))
    }
  }

  private mutating func list(_ depth: Int) -> ReportValue? {
    var values: [ReportValue] = []
    rest = rest.dropFirst()
    if take("]") { return .list([]) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
    } while take(",")
    return take("]") ? .list(values) : nil
  }

  private mutating func members(_ depth: Int) -> ReportValue? {
    var members: [String: ReportValue] = [:]
    rest = rest.dropFirst()
    if take("}") { return .members([:]) }
    repeat {
      skipSpace()
      guard let name = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
      members[name] = value
    } while take(",")
    return take("}") ? .members(members) : nil
  }

  private mutating func string() -> String? {
    guard rest.first == UInt8(ascii: "\"") else { return nil }
    rest = rest.dropFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst(), let plain = Self.escapes[escaped] else { return nil }
        bytes.append(plain)
      default: bytes.append(byte)
      }
    }
    return nil
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
    UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
  ]

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func skipSpace() {
    rest = rest.drop { [9, 10, 13, 32].contains($0) }
  }
}
