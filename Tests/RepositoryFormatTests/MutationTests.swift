import RepositoryFormat
import TestSupport
import Testing

/// Whatever is stored, reading it ends with a value or an error.
@Suite struct `Damaged files` {
  struct Parser: CustomTestStringConvertible {
    var name: String
    var samples: @Sendable () throws -> [[UInt8]]
    var parse: @Sendable ([UInt8]) throws -> Void

    var testDescription: String { name }
  }

  static let parsers = [
    Parser(name: "tree") {
      try Fixtures.treeBlobs().map(\.bytes) + [encodeTree([`Trees`.everything])]
    } parse: { bytes in
      let nodes = try bytes.withUnsafeBytes { try decodeTree($0) }
      // What could be read can be written, unless the names are out of order.
      for node in nodes { _ = encodeTree([node]) }
    },
    Parser(name: "index") {
      [encodeIndex([(PackID(sha256([1])), [PackHeaderSamples.blob, PackHeaderSamples.plainTree])])]
    } parse: { bytes in
      _ = encodeIndex(try packs(ofIndex: bytes))
    },
    Parser(name: "pack header") {
      [encodeHeader([PackHeaderSamples.blob, PackHeaderSamples.plainTree, PackHeaderSamples.blob])]
    } parse: { bytes in
      _ = encodeHeader(try parseHeader(bytes))
    },
    Parser(name: "snapshot") {
      [`Snapshot files`.everything.encoded(), Array(`Snapshot files`.minimal.utf8)]
    } parse: { bytes in
      // What we write of it can be read again.
      _ = try SnapshotFile(parsing: SnapshotFile(parsing: bytes).encoded())
    },
    Parser(name: "lock") {
      [Array(`Lock files`.text.utf8)]
    } parse: { bytes in
      _ = try LockFile(parsing: bytes).encoded()
    },
    Parser(name: "config") {
      [Array(`Config files`.text.utf8)]
    } parse: { bytes in
      _ = try ConfigFile(parsing: bytes).encoded()
    },
    Parser(name: "key") {
      [try `Key files`.file(password: "x", master: .random()).encoded()]
    } parse: { bytes in
      _ = try KeyFile(parsing: bytes).encoded()
    },
    Parser(name: "unpacked") {
      [
        try encodeUnpacked(Array("{\"some\":\"some text, some more text\"}".utf8), version: 2),
        try encodeUnpacked(hashStream(3000), version: 2),
      ]
    } parse: { bytes in
      _ = try decodeUnpacked(bytes)
    },
    Parser(name: "compressed") {
      try CompressionLevel.allCases.map { try `Compressing`.compressed(hashStream(600), $0) }
    } parse: { bytes in
      _ = try `Compressing`.decompressed(bytes, size: 600)
    },
  ]

  @Test(arguments: parsers) func `never crash their reader`(parser: Parser) throws {
    var random = SeededRandom(seed: 20_261_121)
    for sample in try parser.samples() {
      try parser.parse(sample)
      for _ in 0..<(sample.count > 4000 ? 100 : 1000) {
        let mutated = mutated(sample, &random)
        do { try parser.parse(mutated) } catch {
          #expect(error is FormatError, "\(error)")
        }
      }
    }
  }

  @Test func `never crash the reader of a sealed master key`() throws {
    var random = SeededRandom(seed: 5)
    let file = try `Key files`.file(password: "x", master: .random())
    for _ in 0..<100 {
      var damaged = file
      damaged.data = mutated(file.data, &random)
      if damaged.data == file.data { continue }
      #expect(throws: (any Error).self) { try damaged.open(password: [0x78]) }
    }
  }

  /// Returns `bytes` with one to four changes of a random kind.
  private func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    let interesting = Array("{}[]\",:\\0919-+.eEntfu\u{0}\u{1f}\u{ff}".utf8) + [0x80, 0xff, 0xc0]
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = .random(in: 0...255, using: &random)
      case 2: bytes[place] = interesting.randomElement(using: &random) ?? 0
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.remove(at: place)
      case 5: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
      default:
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
        bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
      }
    }
    return bytes
  }
}
