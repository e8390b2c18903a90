/// One member of a JSON object, as it was stored.
package struct JSONMember: Hashable, Sendable {
  package var name: String
  /// Any JSON value.
  package var value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

extension JSONReader {
  /// Reads the value behind `key` and keeps both.
  mutating func member(_ key: JSONKey) throws(FormatError) -> JSONMember {
    let value = [UInt8](try skipValue())
    guard let name = unescaped(key.raw) else { throw failure("unknown escape in a key") }
    return JSONMember(name: String(decoding: name, as: UTF8.self), value: value)
  }

  /// Reads a value with `read`, or past it when that fails; for what may be of another type.
  mutating func tolerantly<Value>(
    _ read: (inout JSONReader) throws(FormatError) -> Value
  ) throws(FormatError) -> Value? {
    let before = self
    do {
      return try read(&self)
    } catch {
      self = before
      try skipValue()
      return nil
    }
  }
}
