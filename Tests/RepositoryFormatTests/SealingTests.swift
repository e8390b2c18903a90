import RepositoryFormat
import Testing

@Suite struct `Sealing` {
  struct Vectors: Decodable {
    struct Case: Decodable {
      var nonce: String
      var plaintext: String
      var sealed: String
    }

    struct Scrypt: Decodable {
      var password: String
      var salt: String
      var N: Int
      var r: Int
      var p: Int
      var out: String
    }

    var encrypt: String
    var mac_k: String
    var mac_r_unclamped: String
    var cases: [Case]
    var scrypt: Scrypt

    func key() throws -> MasterKey {
      try MasterKey(
        encrypt: bytes(hex: encrypt),
        macK: bytes(hex: mac_k),
        macR: bytes(hex: mac_r_unclamped)
      )
    }
  }

  static func vectors() throws -> Vectors {
    try Fixtures.json("crypto-vectors.json", as: Vectors.self)
  }

  @Test func `known texts seal to known bytes, and open again`() throws {
    let vectors = try Self.vectors()
    let sealer = Sealer(try vectors.key())
    for item in vectors.cases {
      let plaintext = bytes(hex: item.plaintext)
      var sealed = [UInt8](repeating: 0, count: plaintext.count + Sealer.overhead)
      plaintext.withUnsafeBytes { source in
        sealed.withUnsafeMutableBytes { target in
          sealer.seal(source, nonce: bytes(hex: item.nonce), into: target)
        }
      }
      #expect(sealed == bytes(hex: item.sealed))
      #expect(try sealer.opened(sealed) == plaintext)
    }
  }

  @Test(arguments: [0, 1, 16, 32767, 32768, 32769, 100_003])
  func `what is sealed is compared without opening it, and every change is seen`(size: Int) {
    let sealer = Sealer(MasterKey.random())
    let plaintext = hashStream(size)
    let sealed = sealer.sealed(plaintext)
    func isSealed(_ plaintext: [UInt8], _ sealed: [UInt8]) -> Bool {
      plaintext.withUnsafeBytes { plaintext in
        sealed.withUnsafeBytes { sealer.isSealed(plaintext, in: $0) }
      }
    }
    #expect(isSealed(plaintext, sealed))
    #expect(!isSealed(plaintext + [0], sealed))
    for place in Set([0, 15, 16, 16 + size / 2, 16 + size, sealed.count - 1]) {
      var changed = sealed
      changed[place] ^= 1
      #expect(!isSealed(plaintext, changed), "\(place)")
    }
    for place in Set([0, size / 2, size - 1]) where place >= 0 && place < size {
      var changed = plaintext
      changed[place] ^= 0x80
      #expect(!isSealed(changed, sealed), "\(place)")
    }
  }

  @Test func `no nonce comes twice`() {
    let sealer = Sealer(MasterKey.random())
    let nonces = (0..<1000).map { _ in Array(sealer.sealed([]).prefix(16)) }
    #expect(Set(nonces).count == 1000)
    #expect(!nonces.contains([UInt8](repeating: 0, count: 16)))
  }

  @Test(arguments: [0, 1, 15, 16, 17, 4096, 100_003])
  func `what is sealed opens`(size: Int) throws {
    let key = MasterKey.random()
    let plaintext = hashStream(size)
    let sealed = Sealer(key).sealed(plaintext)
    #expect(sealed.count == size + 32)
    #expect(try Sealer(key).opened(sealed) == plaintext)
  }

  @Test func `the same text never seals to the same bytes`() {
    let sealer = Sealer(MasterKey.random())
    let sealed = (0..<100).map { _ in sealer.sealed([1, 2, 3]) }
    #expect(Set(sealed).count == 100)
  }

  @Test func `opens in place`() throws {
    let sealer = Sealer(MasterKey.random())
    let plaintext = hashStream(1000)
    var sealed = sealer.sealed(plaintext)
    try sealed.withUnsafeMutableBytes { buffer in
      try sealer.open(
        UnsafeRawBufferPointer(buffer),
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[16..<(buffer.count - 16)])
      )
    }
    #expect(Array(sealed[16..<(sealed.count - 16)]) == plaintext)
  }

  @Test func `every changed bit is noticed`() throws {
    let sealer = Sealer(MasterKey.random())
    let sealed = sealer.sealed(Array("hello restic".utf8))
    for bit in 0..<(sealed.count * 8) {
      var changed = sealed
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: SealError(.wrongTag)) { try sealer.opened(changed) }
    }
  }

  @Test func `bytes that are cut off don't open`() {
    let sealer = Sealer(MasterKey.random())
    let sealed = sealer.sealed(Array("hello restic".utf8))
    for count in 0..<sealed.count {
      let expected = SealError(count < 32 ? .tooShort : .wrongTag)
      #expect(throws: expected) { try sealer.opened(Array(sealed[..<count])) }
    }
  }

  @Test func `a nonce of zeros is refused`() throws {
    let sealer = Sealer(MasterKey.random())
    var sealed = [UInt8](repeating: 0, count: 40)
    [UInt8](repeating: 7, count: 8).withUnsafeBytes { source in
      sealed.withUnsafeMutableBytes { target in
        sealer.seal(source, nonce: [UInt8](repeating: 0, count: 16), into: target)
      }
    }
    #expect(throws: SealError(.zeroNonce)) { try sealer.opened(sealed) }
  }

  @Test func `a key with a part of zeros is refused`() {
    let zeros = [UInt8](repeating: 0, count: 16)
    let ones = [UInt8](repeating: 1, count: 16)
    #expect(throws: FormatError.self) {
      try MasterKey(encrypt: ones + ones, macK: zeros, macR: ones)
    }
    #expect(throws: FormatError.self) {
      try MasterKey(encrypt: ones, macK: ones, macR: ones)
    }
  }
}

@Suite struct `Hashing` {
  @Test func `gives known digests`() {
    #expect(
      sha256([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    #expect(
      sha256(Array("hello world\n".utf8)).hex
        == "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447"
    )
  }

  @Test func `piece by piece is the same, again and again`() {
    let text = hashStream(10_000)
    let hash = IncrementalSHA256()
    for size in [1, 63, 64, 65, 1000, 10_000] {
      for start in stride(from: 0, to: text.count, by: size) {
        text[start..<min(start + size, text.count)].withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == sha256(text))
    }
  }

  @Test func `a digest is its digits, both ways`() {
    for index in 0..<100 {
      let digest = sha256(Array("\(index)".utf8))
      let digits = digest.bytes.map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      #expect(digest.hex == digits.joined())
      #expect(Digest(hex: digest.hex) == digest)
      #expect(Digest(bytes: digest.bytes) == digest)
    }
  }

  @Test func `only 64 digits in lower case are a digest`() {
    let digits = Array(sha256([1]).hex.utf8)
    #expect(Digest(hexDigits: digits[1...]) == nil)
    for byte in UInt8.min...UInt8.max {
      var changed = digits
      changed[37] = byte
      let isDigit = "0123456789abcdef".utf8.contains(byte)
      #expect((Digest(hexDigits: changed[...]) != nil) == isDigit, "byte \(byte)")
    }
  }
}
