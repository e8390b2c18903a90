/// What can stand in JSON, written as Go's encoding/json writes it.
protocol JSONValue {
  func append(to json: inout [UInt8])
}

/// A JSON object that is written member by member, in the order given.
struct JSONObject: JSONValue {
  private var members: [UInt8] = []

  init() {}

  /// Takes over the members of `object`, the bytes of a compact JSON object.
  init(extending object: [UInt8]) {
    members = Array(object.dropFirst().dropLast())
  }

  mutating func add(_ name: String, _ value: any JSONValue) {
    if !members.isEmpty { members.append(UInt8(ascii: ",")) }
    name.append(to: &members)
    members.append(UInt8(ascii: ":"))
    value.append(to: &members)
  }

  /// Adds a member unless its value is zero or empty, as Go does with `omitempty`.
  mutating func add(unlessZero name: String, _ value: UInt64) {
    if value != 0 { add(name, value) }
  }

  func append(to json: inout [UInt8]) {
    json.append(UInt8(ascii: "{"))
    json += members
    json.append(UInt8(ascii: "}"))
  }

  var bytes: [UInt8] {
    var json: [UInt8] = []
    append(to: &json)
    return json
  }
}

/// Bytes that are JSON already.
struct RawJSON: JSONValue {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  static let null = RawJSON(Array("null".utf8))

  func append(to json: inout [UInt8]) { json += bytes }
}

/// Text as bytes, such as a path; what isn't UTF-8 becomes U+FFFD.
struct TextBytes: JSONValue {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func append(to json: inout [UInt8]) {
    String(decoding: bytes, as: UTF8.self).append(to: &json)
  }
}

extension String: JSONValue {
  func append(to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": json += Array(#"\""#.utf8)
      case "\\": json += Array(#"\\"#.utf8)
      case "\n": json += Array(#"\n"#.utf8)
      case "\r": json += Array(#"\r"#.utf8)
      case "\t": json += Array(#"\t"#.utf8)
      case "\u{8}": json += Array(#"\b"#.utf8)
      case "\u{c}": json += Array(#"\f"#.utf8)
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        json += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      default: json += Array(UTF8.encode(scalar) ?? .init())
      }
    }
    json.append(UInt8(ascii: "\""))
  }
}

extension Bool: JSONValue {
  func append(to json: inout [UInt8]) { json += Array((self ? "true" : "false").utf8) }
}

extension Int: JSONValue {
  func append(to json: inout [UInt8]) { json += Array(String(self).utf8) }
}

extension UInt64: JSONValue {
  func append(to json: inout [UInt8]) { json += Array(String(self).utf8) }
}

extension UInt32: JSONValue {
  func append(to json: inout [UInt8]) { json += Array(String(self).utf8) }
}

extension Double: JSONValue {
  /// Go writes whole numbers without a point.
  func append(to json: inout [UInt8]) {
    let isWhole = self == rounded() && magnitude < 1e15
    json += Array((isWhole ? String(Int(self)) : description).utf8)
  }
}

extension Array: JSONValue where Element: JSONValue {
  func append(to json: inout [UInt8]) {
    json.append(UInt8(ascii: "["))
    for (index, value) in enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      value.append(to: &json)
    }
    json.append(UInt8(ascii: "]"))
  }
}
