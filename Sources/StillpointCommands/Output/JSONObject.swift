import RepositoryFormat

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

  /// Adds the members of another object.
  mutating func add(membersOf other: JSONObject) {
    if !members.isEmpty && !other.members.isEmpty { members.append(UInt8(ascii: ",")) }
    members += other.members
  }

  mutating func add(_ name: String, _ value: any JSONValue) {
    if !members.isEmpty { members.append(UInt8(ascii: ",")) }
    name.append(to: &members)
    members.append(UInt8(ascii: ":"))
    value.append(to: &members)
  }

  /// Adds a member, `null` when there is no value.
  mutating func add(orNull name: String, _ value: (any JSONValue)?) {
    add(name, value ?? RawJSON.null)
  }

  /// Adds a member unless its value is zero or empty, as Go does with `omitempty`.
  mutating func add(unlessZero name: String, _ value: UInt64) {
    if value != 0 { add(name, value) }
  }

  /// Adds a member unless its value is zero.
  mutating func add(unlessZero name: String, _ value: Double) {
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

  func append(to json: inout [UInt8]) { json += goJSON(bytes) }
}

extension String: JSONValue {
  func append(to json: inout [UInt8]) { json += goJSON(Array(utf8)) }
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
  /// Go writes whole numbers without a point, and small ones without an exponent down to 1e-6.
  func append(to json: inout [UInt8]) {
    let isWhole = self == rounded() && magnitude < 1e15
    var text = isWhole ? String(Int(self)) : description
    if !isWhole && (1e-6..<1e-4).contains(magnitude), let end = text.firstIndex(of: "e") {
      let zeros = magnitude < 1e-5 ? "00000" : "0000"
      text = (self < 0 ? "-" : "") + "0.\(zeros)" + text[..<end].filter(\.isNumber)
    }
    json += Array(text.utf8)
  }
}

extension Duration: JSONValue {
  /// In seconds, to the nanosecond.
  func append(to json: inout [UInt8]) {
    let (seconds, attoseconds) = components
    let digits = String(attoseconds / 1_000_000_000)
    let fraction = String(repeating: "0", count: 9 - digits.count) + digits
    let zeros = fraction.reversed().prefix { $0 == "0" }.count
    json += Array((zeros == 9 ? "\(seconds)" : "\(seconds).\(fraction.dropLast(zeros))").utf8)
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
