import Machine
import ObjectStorage
import TestSupport
import Testing

/// What every store must do, run on each of them.
@Suite struct `Every store` {
  enum Kind: CaseIterable, Sendable {
    case local, memory, limited

    func with(_ body: (any ObjectStore) throws -> Void) throws {
      switch self {
      case .memory:
        try body(MemoryStore())
      case .limited:
        try body(LimitedStore(MemoryStore(), upload: 64 << 20, download: 64 << 20))
      case .local:
        try withTemporaryDirectory { directory in
          let store = LocalStore(path: directory.appending("deep/repository"))
          try store.prepare()
          try body(store)
        }
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func `gives back what was put`(_ kind: Kind) throws {
    try kind.with { store in
      let name = object(1)
      try store.put(name, Array("hello".utf8))
      #expect(try store.get(name) == Array("hello".utf8))
      #expect(try store.size(of: name) == 5)
      #expect(try store.list("data") == [StoredObject(name: name, size: 5)])
    }
  }

  @Test(arguments: Kind.allCases)
  func `puts parts one after the other`(_ kind: Kind) throws {
    try kind.with { store in
      let (a, b) = (Array("ab".utf8), Array("cde".utf8))
      try a.withUnsafeBytes { a in
        try b.withUnsafeBytes { b in
          let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
          try store.put(object(1), [a, nothing, b])
        }
      }
      #expect(try store.get(object(1)) == Array("abcde".utf8))
    }
  }

  @Test(arguments: Kind.allCases)
  func `reads ranges`(_ kind: Kind) throws {
    try kind.with { store in
      try store.put(object(1), Array(0..<100))
      #expect(try store.get(object(1), offset: 10, length: 5) == Array(10..<15))
      #expect(try store.get(object(1), offset: 95, length: nil) == Array(95..<100))
      #expect(try store.get(object(1), offset: 100, length: 0) == [])
    }
  }

  @Test(arguments: Kind.allCases)
  func `says that an object is too short`(_ kind: Kind) throws {
    try kind.with { store in
      try store.put(object(1), Array(0..<100))
      #expect(reason { try store.get(object(1), offset: 90, length: 11) } == .short)
      #expect(reason { try store.get(object(1), offset: 200, length: 1) } == .short)
    }
  }

  @Test(arguments: Kind.allCases)
  func `says that an object is missing`(_ kind: Kind) throws {
    try kind.with { store in
      #expect(reason { try store.get(object(1)) } == .missing)
      #expect(reason { try store.size(of: object(1)) } == .missing)
      #expect(reason { try store.remove(object(1)) } == .missing)
      #expect(reason { try store.get(ObjectName(kind: "config", name: "")) } == .missing)
    }
  }

  @Test(arguments: Kind.allCases)
  func `replaces an object`(_ kind: Kind) throws {
    try kind.with { store in
      let config = ObjectName(kind: "config", name: "")
      for text in ["first, longer", "second"] { try store.put(config, Array(text.utf8)) }
      #expect(try store.get(config) == Array("second".utf8))
    }
  }

  @Test(arguments: Kind.allCases)
  func `holds an empty object`(_ kind: Kind) throws {
    try kind.with { store in
      try store.put(object(1), [UInt8]())
      #expect(try store.get(object(1)) == [])
      #expect(try store.size(of: object(1)) == 0)
    }
  }

  @Test(arguments: Kind.allCases)
  func `removes`(_ kind: Kind) throws {
    try kind.with { store in
      for number in 1...3 { try store.put(object(number), [1]) }
      try store.remove(object(2))
      #expect(Set(try store.list("data").map(\.name)) == [object(1), object(3)])
    }
  }

  @Test(arguments: Kind.allCases)
  func `lists each kind apart and more than a thousand of one`(_ kind: Kind) throws {
    try kind.with { store in
      let kinds = ["data", "index", "keys", "locks", "snapshots"]
      for kind in kinds { try store.put(object(7, kind), [1, 2]) }
      // Locks need not be durable, so this is quick.
      for number in 100..<1200 { try store.put(object(number, "locks"), [1]) }
      for kind in kinds where kind != "locks" { #expect(try store.list(kind).count == 1) }
      #expect(try store.list("locks").count == 1101)
    }
  }

  @Test(arguments: Kind.allCases)
  func `shows a staged object only when it is committed`(_ kind: Kind) throws {
    try kind.with { store in
      let staged = try store.stage("data")
      for text in ["ab", "", "cd"] {
        try Array(text.utf8).withUnsafeBytes { try staged.append([$0]) }
      }
      #expect(try store.list("data").isEmpty)
      #expect(staged.size == 4)
      #expect(try staged.read(offset: 1, length: 2) == Array("bc".utf8))
      #expect(reason { try staged.read(offset: 3, length: 2) } == .short)
      try staged.commit(as: object(5))
      #expect(try store.get(object(5)) == Array("abcd".utf8))
      staged.discard()
      #expect(try store.get(object(5)) == Array("abcd".utf8))
    }
  }

  @Test(arguments: Kind.allCases)
  func `forgets a staged object that is given up`(_ kind: Kind) throws {
    try kind.with { store in
      let staged = try store.stage("data")
      try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try staged.append([$0]) }
      staged.discard()
      staged.discard()
      #expect(try store.list("data").isEmpty)
    }
  }

  @Test(arguments: Kind.allCases)
  func `stores from many threads at once`(_ kind: Kind) throws {
    try kind.with { store in
      let threads = WorkerThreads()
      for thread in 0..<4 {
        threads.start {
          for number in 0..<20 {
            try? store.put(object(thread * 100 + number), [UInt8(thread), UInt8(number)])
          }
        }
      }
      threads.join()
      let found = try store.list("data")
      #expect(found.count == 80)
      #expect(found.contains { $0.name == object(319) })
    }
  }

  @Test(arguments: Kind.allCases)
  func `is prepared twice without harm`(_ kind: Kind) throws {
    try kind.with { store in
      try store.put(object(1), [1])
      try store.prepare()
      #expect(try store.get(object(1)) == [1])
    }
  }
}

/// The name of a test's object; different numbers begin differently.
func object(_ number: Int, _ kind: String = "data") -> ObjectName {
  let digits = String(number, radix: 16)
  let padded = String(repeating: "0", count: 4 - digits.count) + digits
  return ObjectName(kind: kind, name: String(repeating: padded, count: 16))
}

/// Why `body` failed in a store; nil when it didn't.
func reason<Value>(_ body: () throws -> Value) -> StoreError.Reason? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? StoreError)?.reason
  }
}
