import RepositoryFormat
import Testing

@Suite struct `Key files` {
  static let created = NodeTime(seconds: 1_800_000_000, nanoseconds: 5, utcOffset: 3600)

  static func file(password: String, master: MasterKey) throws -> KeyFile {
    try KeyFile.create(
      password: Array(password.utf8),
      master: master,
      created: created,
      username: "root",
      hostname: "vm<1>",
      parameters: .forTesting
    )
  }

  @Test func `scrypt gives known keys`() throws {
    let vector = try `Sealing`.vectors().scrypt
    let parameters = ScryptParameters(n: vector.N, r: vector.r, p: vector.p)
    let derived = try parameters.derive(
      password: Array(vector.password.utf8),
      salt: bytes(hex: vector.salt)
    )
    #expect(derived == bytes(hex: vector.out))
  }

  @Test func `the master key comes back with the password`() throws {
    let master = MasterKey.random()
    let stored = try Self.file(password: "geheim", master: master).encoded()
    let file = try KeyFile(parsing: stored)
    #expect(file.encoded() == stored)
    #expect(file.created == Self.created)
    #expect(file.hostname == "vm<1>")
    #expect(file.salt.count == 64)
    #expect(try file.open(password: Array("geheim".utf8)) == master)
    #expect(throws: KeyError.wrongPassword) { try file.open(password: Array("Geheim".utf8)) }
    #expect(throws: KeyError.wrongPassword) { try file.open(password: []) }
  }

  @Test func `no password is a password too`() throws {
    let master = MasterKey.random()
    let file = try Self.file(password: "", master: master)
    #expect(try file.open(password: []) == master)
  }

  @Test(arguments: [(0, 8, 1), (1, 8, 1), (1000, 8, 1), (1024, 0, 1), (1024, 8, 0)])
  func `impossible parameters are an error`(n: Int, r: Int, p: Int) throws {
    var file = try Self.file(password: "geheim", master: .random())
    file.parameters = ScryptParameters(n: n, r: r, p: p)
    #expect(throws: KeyError.derivation(file.parameters)) {
      try file.open(password: Array("geheim".utf8))
    }
  }

  @Test func `parameters that would take all memory are an error`() throws {
    var file = try Self.file(password: "geheim", master: .random())
    file.parameters = ScryptParameters(n: 1 << 31, r: 1 << 20, p: 1)
    #expect(throws: KeyError.self) { try file.open(password: Array("geheim".utf8)) }
  }

  @Test func `calibrated parameters are at least restic's smallest`() {
    let parameters = ScryptParameters.calibrated()
    #expect(parameters.n == 32768)
    #expect(parameters.r == 8)
    #expect(parameters.p >= 1)
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "null", #"{"kdf":"argon2"}"#, #"{"kdf":"scrypt","N":-1}"#,
    #"{"kdf":"scrypt","N":1024,"r":8,"p":1,"salt":"!","data":""}"#,
    #"{"kdf":"scrypt","N":1024,"r":8,"p":1,"salt":"AAAA","data":"AAAA"}"#,
  ])
  func `what is no key file is an error`(text: String) {
    #expect(throws: FormatError.self) { try KeyFile(parsing: Array(text.utf8)) }
  }
}

@Suite struct `Config files` {
  static let text =
    #"{"version":2,"id":"\#(sha256([1]).hex)","chunker_polynomial":"3da3358b4dc173"}"#

  @Test func `are written as restic writes them`() throws {
    let config = try ConfigFile(parsing: Array(Self.text.utf8))
    #expect(config.version == 2)
    #expect(config.id == sha256([1]))
    #expect(config.chunkerPolynomial == RabinPolynomial(0x3d_a335_8b4d_c173))
    #expect(config.encoded() == Array(Self.text.utf8))
  }

  @Test func `may hold what we don't know`() throws {
    let text = Self.text.dropLast() + #","append_only":null,"x":{"y":[1,2.5e3,"\u00e9"]}}"#
    #expect(try ConfigFile(parsing: Array(text.utf8)).version == 2)
  }

  @Test(arguments: [
    ("\"version\":2", "\"version\":3"), ("\"version\":2", "\"version\":0"),
    ("3da3358b4dc173", "3da3358b4dc172"), ("3da3358b4dc173", "7"), ("3da3358b4dc173", ""),
    ("3da3358b4dc173", "+3da3358b4dc173"), ("\"id\":\"4", "\"id\":\""),
  ])
  func `with impossible values are refused`(good: String, bad: String) {
    let text = Self.text.replacing(good, with: bad)
    #expect(text != Self.text)
    #expect(throws: FormatError.self) { try ConfigFile(parsing: Array(text.utf8)) }
  }

  @Test func `that are empty are refused`() {
    #expect(throws: FormatError("config", "it is empty")) { try ConfigFile(parsing: []) }
  }
}
