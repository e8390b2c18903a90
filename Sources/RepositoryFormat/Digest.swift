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
    guard let digest = hexDigits.withUnsafeBytes({ Digest(hexDigits: $0) }) else { return nil }
    self = digest
  }

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }
  package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  // A digest is a hash already: its first word is enough.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  package var bytes: [UInt8] {
    var big = (
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
    )
    return withUnsafeBytes(of: &big) { [UInt8]($0) }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { String(decoding: hexDigits, as: UTF8.self) }

  /// 64 lower-case hexadecimal digits, as bytes of ASCII.
  package var hexDigits: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      writeHexDigits(to: base)
      initialized = 64
    }
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
