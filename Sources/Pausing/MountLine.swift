import Machine

/// One line of a `/proc/PID/mountinfo`, as far as writers are concerned.
///
///     36 35 98:0 /inner /mnt rw,noatime master:1 - overlay overlay rw,upperdir=/upper
struct MountLine: Hashable {
  var id: UInt64
  /// Of the superblock, as in `/proc/PID/maps`.
  var device: UInt64
  var mountPoint: [UInt8]
  var type: [UInt8]
  /// Of the file system, separated by commas.
  var options: [UInt8]

  /// Reads a line; nil when it isn't one.
  init?(parsing line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count >= 10, let separator = fields[6...].firstIndex(of: [UInt8(ascii: "-")]),
      fields.count >= separator + 4, let id = Self.number(fields[0])
    else { return nil }
    let numbers = fields[2].split(separator: UInt8(ascii: ":"))
    guard numbers.count == 2, let major = Self.number(numbers[0]),
      let minor = Self.number(numbers[1])
    else { return nil }
    self.id = id
    device = deviceNumber(
      major: UInt32(truncatingIfNeeded: major),
      minor: UInt32(truncatingIfNeeded: minor)
    )
    mountPoint = Self.unescaped(fields[4])
    type = Array(fields[separator + 1])
    options = Array(fields[separator + 3])
  }

  /// The lines of a whole file.
  static func all(in text: [UInt8]) -> [MountLine] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { MountLine(parsing: $0) }
  }

  /// Where an overlay keeps what is written to it.
  var upperDirectory: [UInt8]? {
    guard type.elementsEqual("overlay".utf8) else { return nil }
    let key = Array("upperdir=".utf8)
    let option = options.split(separator: UInt8(ascii: ",")).first { $0.starts(with: key) }
    return option.map { Self.unescaped($0.dropFirst(key.count)) }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self))
  }

  // Space, tab, newline and backslash are written as a backslash and three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
