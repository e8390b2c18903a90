import RepositoryFormat
import Testing

@Suite struct `Compressing` {
  static func compressed(_ bytes: [UInt8], _ level: CompressionLevel) throws -> [UInt8] {
    var target = [UInt8](repeating: 0, count: Compressor.bound(bytes.count))
    let size = try bytes.withUnsafeBytes { source in
      try target.withUnsafeMutableBytes { try Compressor(level: level).compress(source, into: $0) }
    }
    return Array(target[..<size])
  }

  static func decompressed(_ bytes: [UInt8], size: Int) throws -> [UInt8] {
    var target = [UInt8](repeating: 0, count: size)
    let count = try bytes.withUnsafeBytes { source in
      try target.withUnsafeMutableBytes { try Decompressor().decompress(source, into: $0) }
    }
    return Array(target[..<count])
  }

  static let samples: [[UInt8]] = [
    [], [7], hashStream(100_000), [UInt8](repeating: 0, count: 3_000_000),
    (0..<50_000).flatMap { Array("line \($0)\n".utf8) },
  ]

  @Test(arguments: CompressionLevel.allCases)
  func `gives the same bytes back`(level: CompressionLevel) throws {
    for sample in Self.samples {
      let compressed = try Self.compressed(sample, level)
      #expect(try Self.decompressed(compressed, size: sample.count) == sample)
    }
  }

  @Test(arguments: CompressionLevel.allCases)
  func `makes one frame with its size, no checksum and no large window`(
    level: CompressionLevel
  ) throws {
    for sample in Self.samples + [hashStream(9_000_000)] {
      let frame = try Self.compressed(sample, level)
      #expect(Array(frame[..<4]) == [0x28, 0xb5, 0x2f, 0xfd])
      let descriptor = frame[4]
      #expect(descriptor & 0b111 == 0, "no checksum, no dictionary")
      let isSingle = descriptor & 0x20 != 0
      #expect(isSingle || descriptor >> 6 != 0, "has its content size")
      if !isSingle { #expect(frame[5] >> 3 + 10 <= 23, "a window of 8 MiB at most") }
      if isSingle { #expect(sample.count <= 8 << 20) }
    }
  }

  @Test func `samples tell what can't shrink, and what can in part`() throws {
    func isWorthwhile(_ bytes: [UInt8], _ level: CompressionLevel = .auto) throws -> Bool {
      var scratch = [UInt8](repeating: 0, count: Compressor.bound(bytes.count))
      return try bytes.withUnsafeBytes { source in
        try scratch.withUnsafeMutableBytes {
          try Compressor(level: level).isWorthwhile(source, scratch: $0)
        }
      }
    }
    let random = hashStream(2 << 20)
    #expect(try !isWorthwhile(random))
    #expect(try isWorthwhile(random, .max))
    #expect(try isWorthwhile(hashStream(100_000)))
    #expect(try isWorthwhile(hashStream(1 << 20) + [UInt8](repeating: 0, count: 1 << 19)))
    #expect(try isWorthwhile(Self.samples[4] + Self.samples[4]))
  }

  @Test func `random data hardly grows`() throws {
    let sample = hashStream(1 << 20)
    #expect(try Self.compressed(sample, .auto).count < sample.count + 100)
  }

  @Test func `too little room is an error`() throws {
    let frame = try Self.compressed(hashStream(1000), .auto)
    #expect(throws: FormatError.self) { try Self.decompressed(frame, size: 999) }
    #expect(throws: FormatError.self) { try Self.decompressed(frame, size: 0) }
    #expect(try Self.decompressed(frame, size: 2000).count == 1000)
  }

  @Test func `frames that are cut off are an error`() throws {
    let frame = try Self.compressed(Self.samples[4], .auto)
    for count in stride(from: 1, to: frame.count, by: 97) {
      #expect(throws: FormatError.self) {
        try Self.decompressed(Array(frame[..<count]), size: Self.samples[4].count)
      }
    }
  }
}

@Suite struct `Unpacked files` {
  static let json = Array(("{\"packs\":[" + String(repeating: "1,", count: 200_000) + "1]}").utf8)

  @Test(arguments: [1, 2]) func `come back`(version: Int) throws {
    let stored = try encodeUnpacked(Self.json, version: version)
    #expect(stored.first == (version == 1 ? UInt8(ascii: "{") : 2))
    #expect(try decodeUnpacked(stored) == Self.json)
  }

  @Test func `JSON in version 2 is read too`() throws {
    #expect(try decodeUnpacked(Array("[]".utf8)) == Array("[]".utf8))
    #expect(try decodeUnpacked([]) == [])
  }

  @Test func `several frames are one text`() throws {
    let first = try encodeUnpacked(Array("{\"a\":".utf8), version: 2)
    let second = try encodeUnpacked(Array("1}".utf8), version: 2).dropFirst()
    #expect(try decodeUnpacked(first + second) == Array("{\"a\":1}".utf8))
  }

  @Test func `anything else is an error`() throws {
    let stored = try encodeUnpacked(Self.json, version: 2)
    for bytes in [[0], [1], [3], [2], [2, 0], [0xff], Array("null".utf8)] as [[UInt8]] {
      #expect(throws: FormatError.self) { try decodeUnpacked(bytes) }
    }
    for count in 1..<min(stored.count, 200) {
      #expect(throws: FormatError.self) { try decodeUnpacked(Array(stored[..<count])) }
    }
    #expect(throws: FormatError.self) { try decodeUnpacked(stored + [1]) }
  }
}
