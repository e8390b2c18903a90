/// Reads the patterns of an exclude file, as restic does.
///
/// One a line, without the space around it; empty lines and those that begin with `#` are left
/// out. `$NAME` and `${NAME}` are replaced, `$$` is a dollar.
///
/// - Parameters:
///   - text: What the file holds.
///   - variable: The value of an environment variable; nil counts as empty.
/// - Returns: The patterns in order.
package func patterns(
  inFile text: String,
  variable: (String) -> String?
) -> [String] {
  text.split(whereSeparator: \.isNewline).compactMap { line in
    let trimmed = line.drop(while: \.isWhitespace).trimmingEnd(while: \.isWhitespace)
    if trimmed.isEmpty || trimmed.hasPrefix("#") { return nil }
    return expandingVariables(trimmed, variable: variable)
  }
}

/// Replaces `$NAME` and `${NAME}`, as Go's `os.Expand`; what isn't well-formed vanishes.
func expandingVariables(_ text: Substring, variable: (String) -> String?) -> String {
  func isName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
      || (0x61...0x7a).contains(byte)
  }
  func isSpecial(_ byte: UInt8) -> Bool {
    "*#$@!?-".utf8.contains(byte) || (0x30...0x39).contains(byte)
  }
  func value(_ name: some Sequence<UInt8>) -> [UInt8] {
    let name = String(decoding: Array(name), as: UTF8.self)
    return Array((name == "$" ? "$" : variable(name) ?? "").utf8)
  }
  var rest = Array(text.utf8)[...]
  var result: [UInt8] = []
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "$"), let next = rest.first else {
      result.append(byte)
      continue
    }
    if next == UInt8(ascii: "{") {
      let inside = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
      guard inside.endIndex < rest.endIndex, !inside.isEmpty else {
        // `${` without an end loses two characters, `${}` three.
        rest = inside.endIndex < rest.endIndex ? rest.dropFirst(2) : rest.dropFirst()
        continue
      }
      result += value(inside)
      rest = rest[(inside.endIndex + 1)...]
    } else if isSpecial(next) {
      result += value([next])
      rest = rest.dropFirst()
    } else {
      let name = rest.prefix(while: isName)
      if name.isEmpty {
        result.append(byte)
      } else {
        result += value(name)
        rest = rest[name.endIndex...]
      }
    }
  }
  return String(decoding: result, as: UTF8.self)
}

extension Substring {
  fileprivate func trimmingEnd(while predicate: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}

/// Reads a size such as `--exclude-larger-than` takes: a number and `k`, `m`, `g` or `t`, in
/// either case, each 1024 times the one before; nil when it is something else.
package func parseByteCount(_ text: String) -> UInt64? {
  var digits = Array(text.utf8)[...]
  var factor: UInt64 = 1
  switch digits.last {
  case UInt8(ascii: "b"), UInt8(ascii: "B"): digits.removeLast()
  case UInt8(ascii: "k"), UInt8(ascii: "K"): factor = 1 << 10
  case UInt8(ascii: "m"), UInt8(ascii: "M"): factor = 1 << 20
  case UInt8(ascii: "g"), UInt8(ascii: "G"): factor = 1 << 30
  case UInt8(ascii: "t"), UInt8(ascii: "T"): factor = 1 << 40
  default: break
  }
  if factor > 1 { digits.removeLast() }
  guard digits.first.map({ (0x30...0x39).contains($0) }) == true,
    let number = UInt64(String(decoding: digits, as: UTF8.self))
  else { return nil }
  let (size, overflows) = number.multipliedReportingOverflow(by: factor)
  return overflows || size > UInt64(Int64.max) ? nil : size
}
