import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Keys of a repository` {
  private func open(_ store: any ObjectStore, _ password: String) throws -> Repository {
    try Repository.open(store, password: Array(password.utf8))
  }

  @Test func `are added beside the others`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let added = try repository.addKey(
      password: Array("second".utf8),
      username: "who",
      hostname: "where",
      scrypt: .forTesting
    )
    #expect(try open(store, "second").keyName == added.name)
    #expect(try open(store, "test").keyName == repository.keyName)
    let keys = try repository.keys { Issue.record($0) }
    #expect(Set(keys.map(\.name)) == [added.name, repository.keyName])
    #expect(keys.first { $0.name == added.name }?.file.username == "who")
  }

  @Test func `are replaced, and the one in use can't be removed otherwise`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    #expect(throws: RepositoryError.self) { try repository.removeKey(repository.keyName) }
    let new = try repository.replaceKey(password: Array("new".utf8), scrypt: .forTesting)
    #expect(try repository.names(of: .key) == [new.name])
    #expect(try open(store, "new").masterKey == repository.masterKey)
    #expect(throws: RepositoryError.self) { try open(store, "test") }
  }

  @Test func `that can't be read are named, the others listed`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let other = try repository.addKey(password: [1], scrypt: .forTesting)
    let name = ObjectName(kind: "keys", name: other.name)
    try store.put(name, Array("{}".utf8))
    let damaged = Locked<[RepositoryError.Reason]>([])
    let keys = try repository.keys { error in damaged.update { $0.append(error.reason) } }
    #expect(keys.map(\.name) == [repository.keyName])
    #expect(damaged.value == [.damaged(.key, name: other.name)])
  }

  @Test func `that the storage doesn't give back as they were leave the old one`() throws {
    let store = MemoryStore()
    let first = try Repository.forTesting(in: store).keyName
    // Opening reads the config and a key.
    let faulty = FaultyStore(
      store,
      failingAt: 3,
      isLasting: true,
      failing: [.get],
      fault: .cutShort
    )
    let repository = try open(faulty, "test")
    #expect(throws: RepositoryError.self) {
      try repository.replaceKey(password: Array("new".utf8), scrypt: .forTesting)
    }
    #expect(faulty.faults > 0)
    #expect(try repository.names(of: .key) == [first])
    #expect(try open(store, "test").keyName == first)
  }
}
