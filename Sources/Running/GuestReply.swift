package import Machine

/// What the process that becomes a guest answers.
package enum GuestReply: Hashable {
  /// It has its mounts, and waits for the word to go on.
  case mounted
  /// Why it can't have them.
  case notMounted(String)
  /// Why it can't become the program.
  case notExecuted(Errno)

  package var encoded: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .mounted: writer.write(0)
    case .notMounted(let reason):
      writer.write(1)
      writer.write(reason)
    case .notExecuted(let errno):
      writer.write(2)
      writer.write(Int(errno.rawValue))
    }
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    switch try reader.number() {
    case 0: self = .mounted
    case 1: self = .notMounted(try reader.text())
    case 2: self = .notExecuted(Errno(rawValue: CInt(truncatingIfNeeded: try reader.number())))
    default: throw MessageError()
    }
  }
}
