/// A path below `/proc` such as `12/task/15/fd`, made without allocating.
package struct ProcessPath {
  // 63 bytes at most: two numbers of 10 digits, two names of 9 letters, or two addresses.
  private var bytes: InlineArray<64, CChar> = .init(repeating: 0)
  private var count = 0

  /// Makes the path `process/name`.
  package init(_ process: ProcessID, _ name: StaticString) {
    append(decimal: UInt32(bitPattern: process))
    append("/")
    append(name)
  }

  /// Makes the path `process/name/number`.
  package init(_ process: ProcessID, _ name: StaticString, _ number: ProcessID) {
    self.init(process, name)
    append("/")
    append(decimal: UInt32(bitPattern: number))
  }

  /// Makes the path `process/task/thread/name`.
  package init(_ process: ProcessID, thread: ProcessID, _ name: StaticString) {
    self.init(process, "task", thread)
    append("/")
    append(name)
  }

  /// Makes the path `process/task/thread/name/number`.
  package init(_ process: ProcessID, thread: ProcessID, _ name: StaticString, _ number: ProcessID) {
    self.init(process, thread: thread, name)
    append("/")
    append(decimal: UInt32(bitPattern: number))
  }

  /// Makes the path of the link to the file that `process` has mapped from `start` to `end`.
  package init(_ process: ProcessID, mappingFrom start: UInt64, to end: UInt64) {
    self.init(process, "map_files/")
    append(hexadecimal: start)
    append("-")
    append(hexadecimal: end)
  }

  package func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
    bytes.span.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("64 bytes have an address") }
      return body(base)
    }
  }

  private mutating func append(byte: UInt8) {
    precondition(count < 63, "a path below /proc is short")
    bytes[count] = CChar(bitPattern: byte)
    count += 1
  }

  private mutating func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { append(byte: text.utf8Start[index]) }
  }

  private mutating func append(decimal value: UInt32) {
    if value >= 10 { append(decimal: value / 10) }
    append(byte: UInt8(0x30 + value % 10))
  }

  private mutating func append(hexadecimal value: UInt64) {
    if value >= 16 { append(hexadecimal: value / 16) }
    let digit = UInt8(value % 16)
    append(byte: digit < 10 ? 0x30 + digit : 0x57 + digit)
  }
}
