/// Writes the parts of a message between two of our processes, one after the other.
package struct MessageWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func write(_ number: Int64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ number: Int) { write(Int64(number)) }
  package mutating func write(_ flag: Bool) { write(flag ? 1 : 0) }

  package mutating func write(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    write(seconds)
    write(attoseconds)
  }

  package mutating func write(_ text: [UInt8]) {
    write(text.count)
    bytes += text
  }

  package mutating func write(_ text: String) { write(Array(text.utf8)) }
  package mutating func write(_ path: FilePath) { write(path.bytes) }

  package mutating func write(_ texts: [String]) {
    write(texts.count)
    for text in texts { write(text) }
  }
}

/// A message that ends too early or says what it can't say: the other side isn't ours.
package struct MessageError: Error, CustomStringConvertible {
  package init() {}

  package var description: String { "a message of another program or version" }
}

/// Reads the parts of a message in the order in which they were written.
package struct MessageReader {
  private var rest: ArraySlice<UInt8>

  package init(_ bytes: [UInt8]) { rest = bytes[...] }

  package mutating func number() throws(MessageError) -> Int64 {
    guard rest.count >= 8 else { throw MessageError() }
    let value = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(8)
    return Int64(bitPattern: value)
  }

  package mutating func count() throws(MessageError) -> Int {
    let value = try number()
    guard value >= 0, value < 1 << 31 else { throw MessageError() }
    return Int(value)
  }

  package mutating func flag() throws(MessageError) -> Bool { try number() == 1 }

  package mutating func duration() throws(MessageError) -> Duration {
    let seconds = try number()
    return Duration(secondsComponent: seconds, attosecondsComponent: try number())
  }

  package mutating func bytes() throws(MessageError) -> [UInt8] {
    let count = try count()
    guard count <= rest.count else { throw MessageError() }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  package mutating func text() throws(MessageError) -> String {
    String(decoding: try bytes(), as: UTF8.self)
  }
  package mutating func path() throws(MessageError) -> FilePath { FilePath(bytes: try bytes()) }

  package mutating func texts() throws(MessageError) -> [String] {
    var texts: [String] = []
    for _ in 0..<(try count()) { texts.append(try text()) }
    return texts
  }
}
