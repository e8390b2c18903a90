import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Cutting chunks` {
  struct Vectors: Decodable {
    struct Recipe: Decodable {
      var length: Int
      var sha256: String
    }

    struct Polynomial: Decodable {
      var files: [String: [Int]]
    }

    var recipes: [String: Recipe]
    var polys: [String: Polynomial]
  }

  static func content(_ name: String) -> [UInt8] {
    switch name {
    case "rand20m": hashStream(20 << 20)
    case "zeros20m": [UInt8](repeating: 0, count: 20 << 20)
    case "ff9m": [UInt8](repeating: 0xff, count: 9 << 20)
    case "rand512k-64": hashStream(524_224, seed: "a")
    case "rand512k+1": hashStream(524_289, seed: "a")
    case "zero512k+1": [UInt8](repeating: 0, count: 524_289)
    case "mix":
      hashStream(3 << 20, seed: "b") + [UInt8](repeating: 0, count: 4 << 20)
        + hashStream(3 << 20, seed: "b")
    case "text": (0..<400_000).flatMap { Array("line \($0) of the text file\n".utf8) }
    default: []
    }
  }

  /// The lengths of a file's chunks when it arrives in pieces of `pieceSize`.
  static func chunks(_ bytes: [UInt8], _ chunker: Chunker, pieceSize: Int) -> [Int] {
    bytes.withUnsafeBytes { bytes in
      var lengths: [Int] = []
      var start = 0
      var end = 0
      var searched = 0
      while start < bytes.count {
        let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let isEnd = end == bytes.count
        if let cut = chunker.nextCut(in: part, isEnd: isEnd, searchedUpTo: &searched) {
          lengths.append(cut)
          start += cut
        } else {
          end = min(end + pieceSize, bytes.count)
        }
      }
      return lengths
    }
  }

  @Test(arguments: [
    "rand20m", "zeros20m", "ff9m", "rand512k-64", "rand512k+1", "zero512k+1", "mix", "text",
  ])
  func `cuts where restic cuts`(name: String) throws {
    let vectors = try Fixtures.json("chunker-vectors.json", as: Vectors.self)
    let content = Self.content(name)
    #expect(content.count == vectors.recipes[name]?.length)
    #expect(sha256(content).hex == vectors.recipes[name]?.sha256)
    for (hex, expected) in vectors.polys {
      let polynomial = try #require(RabinPolynomial(hex: hex))
      let lengths = Self.chunks(content, Chunker(polynomial), pieceSize: 1 << 20)
      #expect(lengths == expected.files[name], "polynomial \(hex)")
    }
  }

  @Test(arguments: [4096, 65_537, 524_288, 8 << 20, 20 << 20])
  func `cuts in the same places however the bytes arrive`(pieceSize: Int) throws {
    let content = Array(Self.content("mix").suffix(5 << 20))
    let chunker = Chunker(try #require(RabinPolynomial(hex: "3da3358b4dc173")))
    let expected = Self.chunks(content, chunker, pieceSize: 1 << 20)
    #expect(Self.chunks(content, chunker, pieceSize: pieceSize) == expected)
  }

  @Test func `an empty file has no chunk`() throws {
    let chunker = Chunker(try #require(RabinPolynomial(hex: "3da3358b4dc173")))
    var searched = 0
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(chunker.nextCut(in: none, isEnd: true, searchedUpTo: &searched) == nil)
    #expect(chunker.nextCut(in: none, isEnd: false, searchedUpTo: &searched) == nil)
  }
}

@Suite struct `Searching candidates` {
  /// The roll as restic's chunker does it, byte by byte with a window, on a polynomial of its own.
  static func plainCandidates(_ bytes: [UInt8], _ polynomial: UInt64) -> [Int] {
    func remainder(_ high: UInt64, _ shift: Int) -> UInt64 {
      (0..<shift).reduce(high) { value, _ in
        let shifted = value << 1
        return shifted >> 53 & 1 != 0 ? shifted ^ polynomial : shifted
      }
    }
    let out = (0..<256).map { remainder(UInt64($0), 8 * 63) }
    let mod = (0..<256).map { remainder(UInt64($0), 53) | UInt64($0) << 53 }
    var window = [UInt8](repeating: 0, count: 64)
    var digest: UInt64 = 0
    var found: [Int] = []
    for (index, byte) in bytes.enumerated() {
      let place = index % 64
      digest ^= out[Int(window[place])]
      window[place] = byte
      let high = Int(digest >> 45)
      digest = (digest << 8 | UInt64(byte)) ^ mod[high]
      if index >= 64, digest & (1 << 20 - 1) == 0 { found.append(index + 1) }
    }
    return found
  }

  static func allCandidates(_ bytes: [UInt8], _ chunker: Chunker) -> [Int] {
    bytes.withUnsafeBytes { bytes in
      var found: [Int] = []
      var lower = 64
      while let next = chunker.firstCandidate(in: bytes, above: lower, upTo: bytes.count) {
        found.append(next)
        lower = next
      }
      return found
    }
  }

  struct Content: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]

    var testDescription: String { name }

    static var all: [Content] {
      var random = SeededRandom(seed: 7)
      let block = random.bytes(4099)
      return [
        Content(name: "random", bytes: random.bytes(300_000)),
        Content(name: "0xff", bytes: [UInt8](repeating: 0xff, count: 70_000)),
        Content(name: "periodic", bytes: (0..<70).flatMap { _ in block }),
        Content(name: "one bit in zeros", bytes: zeros(69_000) + [1] + zeros(3000)),
        Content(name: "zeros after random", bytes: random.bytes(40_000) + zeros(200)),
        Content(name: "zeros before random", bytes: zeros(300) + random.bytes(40_000)),
        Content(name: "short", bytes: random.bytes(65)),
      ]
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  }

  @Test(arguments: Content.all, [0x3d_a335_8b4d_c173, 0x2c_b618_0857_73af] as [UInt64])
  func `lanes find what a plain roll finds`(content: Content, polynomial: UInt64) {
    let chunker = Chunker(RabinPolynomial(polynomial))
    let bytes = content.bytes
    // Runs of zeros are candidates everywhere: the first ones say enough.
    let expected = Self.plainCandidates(bytes, polynomial)
    guard expected.count < 1000 else {
      let first = bytes.withUnsafeBytes {
        chunker.firstCandidate(in: $0, above: 64, upTo: bytes.count)
      }
      #expect(first == expected.first)
      return
    }
    #expect(Self.allCandidates(bytes, chunker) == expected)
  }

  @Test func `candidates at every place of a lane are found`() {
    // 64 zeros are a candidate, and 63 zeros after something else are none.
    let polynomial = RabinPolynomial(0x3d_a335_8b4d_c173)
    let chunker = Chunker(polynomial)
    var random = SeededRandom(seed: 3)
    let noise = random.bytes(70_000).map { $0 | 1 }
    let before = Self.plainCandidates(noise, polynomial.value).first ?? Int.max
    for place in stride(from: 64, to: 66_000, by: 977) {
      var bytes = noise
      for index in place..<(place + 64) { bytes[index] = 0 }
      let first = bytes.withUnsafeBytes {
        chunker.firstCandidate(in: $0, above: 64, upTo: bytes.count)
      }
      #expect(first == min(before, place + 64))
    }
  }
}

@Suite struct `Polynomials` {
  @Test(arguments: ["3da3358b4dc173", "2cb618085773af", "7", "b", "13", "2", "3"])
  func `irreducible ones are known as such`(hex: String) throws {
    #expect(try #require(RabinPolynomial(hex: hex)).isIrreducible)
  }

  @Test(arguments: ["3da3358b4dc172", "5", "9", "15", "0", "1", "4", "11", "3da3358b4dc175"])
  func `others are not`(hex: String) throws {
    #expect(try !#require(RabinPolynomial(hex: hex)).isIrreducible)
  }

  @Test func `random ones cut chunks`() {
    let made = (0..<5).map { _ in RabinPolynomial.random() }
    for polynomial in made {
      #expect(polynomial.isIrreducible)
      #expect(polynomial.value >> 53 == 1)
      #expect(RabinPolynomial(hex: polynomial.hex) == polynomial)
    }
    #expect(Set(made).count == 5)
  }
}
