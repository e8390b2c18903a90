import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Opening a repository` {
  private let password = Repository.testPassword

  @Test(arguments: [1, 2])
  func `takes the password it was made with`(_ version: Int) throws {
    let store = MemoryStore()
    let made = try Repository.forTesting(in: store, version: version)
    let opened = try Repository.open(store, password: password)
    #expect(opened.id == made.id)
    #expect(opened.config.version == version)
    #expect(opened.config.chunkerPolynomial == Repository.testPolynomial)
  }

  @Test func `a store without config has no repository`() {
    #expect(reason { try Repository.open(MemoryStore(), password: password) } == .noRepository)
  }

  @Test func `tells a wrong password`() throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    #expect(
      reason { try Repository.open(store, password: Array("other".utf8)) }
        == .wrongPassword(damagedKeys: [])
    )
  }

  @Test func `names a damaged key beside a wrong password`() throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    let damaged = ObjectName(kind: "keys", name: String(repeating: "a", count: 64))
    try store.put(damaged, Array("{}".utf8))
    let expected = RepositoryError.Reason.wrongPassword(damagedKeys: [damaged.name])
    let error = failure { try Repository.open(store, password: Array("other".utf8)) }
    #expect(error?.reason == expected)
    #expect(error?.description.contains("key aaaa") == true)
    #expect(try Repository.open(store, password: password).keyName != damaged.name)
  }

  @Test(arguments: [0, 1, 50, 200])
  func `names a key that is cut short`(_ length: Int) throws {
    let store = MemoryStore()
    let name = ObjectName(kind: "keys", name: try Repository.forTesting(in: store).keyName)
    try store.put(name, Array(try store.get(name).prefix(length)))
    #expect(
      reason { try Repository.open(store, password: password) }
        == .damaged(.key, name: name.name)
    )
  }

  @Test(arguments: [0, 1, 31, 32, 60])
  func `says that the config is damaged`(_ length: Int) throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    let config = ObjectName(kind: "config", name: "")
    try store.put(config, Array(try store.get(config).prefix(length)))
    let error = failure { try Repository.open(store, password: password) }
    #expect(error?.reason == .damaged(.config, name: ""))
    #expect(error?.hint != nil)
  }

  @Test(arguments: [3, 2])
  func `says that it can't use a config`(_ version: Int) throws {
    let store = MemoryStore()
    let made = try Repository.forTesting(in: store)
    let key = try KeyFile(parsing: try store.get(ObjectName(kind: "keys", name: made.keyName)))
    var config = made.config
    config.version = version
    // x² is a product, of a degree that never cuts.
    if version == 2 { config.chunkerPolynomial = RabinPolynomial(4) }
    let sealed = Sealer(try key.open(password: password)).sealed(config.encoded())
    try store.put(ObjectName(kind: "config", name: ""), sealed)
    let error = failure { try Repository.open(store, password: password) }
    #expect(error?.reason == .unsupportedConfig)
    let cause = error?.cause.map { "\($0)" } ?? ""
    #expect(cause.contains(version == 3 ? "version 3" : "not irreducible"))
  }

  @Test func `says that it has no key`() throws {
    let store = MemoryStore()
    let name = try Repository.forTesting(in: store).keyName
    try store.remove(ObjectName(kind: "keys", name: name))
    #expect(reason { try Repository.open(store, password: password) } == .noKey)
  }

  @Test func `reads a file once more when its hash is wrong`() throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    // The config is read first, then the key.
    let flaky = FaultyStore(store, failingAt: 2, failing: [.get], fault: .cutShort)
    _ = try Repository.open(flaky, password: password)
    #expect(flaky.faults == 1)
  }

  @Test func `initializing twice is refused`() throws {
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    #expect(reason { try Repository.forTesting(in: store) } == .alreadyInitialized)
    try store.remove(ObjectName(kind: "config", name: ""))
    #expect(reason { try Repository.forTesting(in: store) } == .alreadyInitialized)
  }
}

/// The repository's error of `body`; nil when there was none.
func failure<Value>(_ body: () throws -> Value) -> RepositoryError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? RepositoryError
  }
}

/// Why `body` failed; nil when it didn't.
func reason<Value>(_ body: () throws -> Value) -> RepositoryError.Reason? {
  failure(body)?.reason
}
