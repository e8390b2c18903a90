/// Text as systemd reads it in unit files; see `systemd.syntax(7)` and `systemd.service(5)`.
///
/// A unit file must be UTF-8, a percent sign begins a specifier everywhere, and a dollar sign a
/// variable in the arguments of a command line.
package enum UnitText {
  /// One argument of a command line; any bytes.
  package static func argument(_ bytes: [UInt8]) -> String {
    word(bytes, besides: [UInt8(ascii: "$"): "$$"])
  }

  /// The program of a command line, an absolute path; nil for one that systemd refuses to start.
  ///
  /// It knows no variables in there, and no quotes, backslashes and control characters.
  package static func program(_ path: [UInt8]) -> String? {
    let isRefused = path.contains { isControl($0) || "\"'\\".utf8.contains($0) }
    return path.first == slash && !isRefused ? word(path) : nil
  }

  /// An assignment for `Environment=`; nil for a value that isn't UTF-8 or has control
  /// characters, which systemd would leave out.
  package static func assignment(_ name: String, _ value: [UInt8]) -> String? {
    isText(value) ? word(Array("\(name)=".utf8) + value) : nil
  }

  /// A path where quotes stand for themselves, as in `LoadCredential=`; nil when it can't be
  /// written there.
  package static func path(_ path: [UInt8]) -> String? {
    let space = UInt8(ascii: " ")
    guard path.first == slash, path.last != space, path.last != backslash, isText(path) else {
      return nil
    }
    return text(path)
  }

  /// A path in a list of paths, as in `RequiresMountsFor=`; nil when it can't be written there.
  package static func listedPath(_ path: [UInt8]) -> String? {
    let isWritable = isText(path) && !path.contains { "\"'\\".utf8.contains($0) }
    return path.first == slash && isWritable ? word(path) : nil
  }

  /// Words for people.
  package static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).split(separator: "%", omittingEmptySubsequences: false)
      .joined(separator: "%%")
  }

  private static let slash = UInt8(ascii: "/")
  private static let backslash = UInt8(ascii: "\\")

  /// Characters that mean nothing but themselves, wherever they stand.
  private static let plain = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,".utf8
  )

  /// A word, in quotes where it needs them.
  private static func word(_ bytes: [UInt8], besides special: [UInt8: String] = [:]) -> String {
    if !bytes.isEmpty && bytes.allSatisfy(plain.contains) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var quoted = "\""
    var rest = bytes[...]
    while let byte = rest.first {
      let length = characterLength(rest)
      if let replacement = special[byte] {
        quoted += replacement
      } else if byte == UInt8(ascii: "%") {
        quoted += "%%"
      } else if byte == UInt8(ascii: "\"") || byte == backslash {
        quoted += "\\" + String(decoding: [byte], as: UTF8.self)
      } else if length == 0 || isControl(byte) {
        quoted += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      } else {
        quoted += String(decoding: rest.prefix(length), as: UTF8.self)
      }
      rest = rest.dropFirst(max(length, 1))
    }
    return quoted + "\""
  }

  /// How many bytes the first character has; 0 when it isn't UTF-8.
  private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
    (1...4).first { length in
      String(validating: bytes.prefix(length), as: UTF8.self)?.unicodeScalars.count == 1
    } ?? 0
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(where: isControl)
  }

  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f }
}
