/// Returns compact JSON with a line for every member and element, indented by two spaces.
///
/// - Parameter json: Well-formed.
/// - Returns: The same with other white space.
package func indented(_ json: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  var depth = 0
  var isInString = false
  var isEscaped = false
  func startLine() { result += [0x0a] + Array(repeating: 0x20, count: depth * 2) }
  for (index, byte) in json.enumerated() {
    if isInString {
      result.append(byte)
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      continue
    }
    let next = index + 1 < json.count ? json[index + 1] : 0
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      result.append(byte)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      result.append(byte)
      depth += 1
      if next != byte + 2 { startLine() }  // In ASCII } is { + 2, and ] is [ + 2.
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      if result.last != byte - 2 { startLine() }
      result.append(byte)
    case UInt8(ascii: ","):
      result.append(byte)
      startLine()
    case UInt8(ascii: ":"):
      result += [byte, 0x20]
    case 0x20, 0x0a, 0x0d, 0x09:
      continue
    default:
      result.append(byte)
    }
  }
  return result
}
