/// A SHA-256 value: 32 bytes, written as 64 lower-case hexadecimal digits.
package struct Digest: Hashable, Comparable, Sendable {
  // Four words in file order (big-endian), so that comparing words compares bytes.
  package let words: (UInt64, UInt64, UInt64, UInt64)

  /// Reads 32 bytes.
  package init(bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == 32, "a digest has 32 bytes")
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  package init(bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Digest(bytes: $0) }
  }

  /// Reads 64 hexadecimal digits in lower case; nil for anything else.
  package init?(hex: some StringProtocol) {
    self.init(hexDigits: Array(hex.utf8)[...])
  }

  /// Reads 64 hexadecimal digits in lower case; nil for anything else.
  package init?(hexDigits: ArraySlice<UInt8>) {
    guard hexDigits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for digit in hexDigits {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x61...0x66: value = digit - 0x61 + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.init(bytes: bytes)
  }

  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }
  package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  // A digest is a hash already: its first word is enough.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  package var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { String(decoding: hexDigits, as: UTF8.self) }

  /// 64 lower-case hexadecimal digits, as bytes of ASCII.
  package var hexDigits: [UInt8] {
    let digits: StaticString = "0123456789abcdef"
    return bytes.flatMap { [digits.utf8Start[Int($0 >> 4)], digits.utf8Start[Int($0 & 15)]] }
  }

  /// The first 8 digits, as people see them.
  package var short: String { String(hex.prefix(8)) }
}

/// The hash of a blob's plaintext.
package struct BlobID: Hashable, Comparable, Sendable {
  package let digest: Digest
  package init(_ digest: Digest) { self.digest = digest }
  package static func < (left: BlobID, right: BlobID) -> Bool { left.digest < right.digest }
}

/// The hash of a pack file.
package struct PackID: Hashable, Comparable, Sendable {
  package let digest: Digest
  package init(_ digest: Digest) { self.digest = digest }
  package static func < (left: PackID, right: PackID) -> Bool { left.digest < right.digest }
}

/// The hash of a snapshot file.
package struct SnapshotID: Hashable, Comparable, Sendable {
  package let digest: Digest
  package init(_ digest: Digest) { self.digest = digest }
  package static func < (left: SnapshotID, right: SnapshotID) -> Bool {
    left.digest < right.digest
  }
}

/// What a blob holds.
package enum BlobType: UInt8, Hashable, Sendable {
  case data = 0
  case tree = 1
}

/// The kinds of files in a repository, named as their folders are.
package enum FileKind: String, CaseIterable, Sendable {
  case config
  case key = "keys"
  case data
  case index
  case snapshot = "snapshots"
  case lock = "locks"
}
