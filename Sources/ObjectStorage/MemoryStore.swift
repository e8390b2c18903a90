import Synchronization

/// A store in memory, for tests and trials.
package final class MemoryStore: ObjectStore {
  package let location = "memory"
  package let properties = StoreProperties(
    connections: 2,
    replacesAtomically: true,
    listsAtOnce: true
  )

  private let objects = Mutex<[ObjectName: [UInt8]]>([:])

  package init() {}

  package func prepare() throws {}

  package func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { bytes.append(contentsOf: part) }
    objects.withLock { $0[name] = bytes }
  }

  package func settle() throws {}

  package func stage(_ kind: String) throws -> any StagedObject {
    MemoryStagedObject(in: self)
  }

  package func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8] {
    let bytes = try found(name, "read")
    let start = Int(min(offset, UInt64(bytes.count)))
    let rest = bytes.count - start
    if let length, length > rest {
      throw StoreError.short(name.description, wanted: length, got: rest)
    }
    return Array(bytes[start..<start + (length ?? rest)])
  }

  package func size(of name: ObjectName) throws -> UInt64 {
    UInt64(try found(name, "find").count)
  }

  package func list(_ kind: String) throws -> [StoredObject] {
    objects.withLock { objects in
      objects.filter { $0.key.kind == kind && isObjectName($0.key.name) }
        .map { StoredObject(name: $0.key, size: UInt64($0.value.count)) }
    }
  }

  package func remove(_ name: ObjectName) throws {
    let removed = objects.withLock { $0.removeValue(forKey: name) }
    if removed == nil { throw missing(name, "remove") }
  }

  private func found(_ name: ObjectName, _ attempt: String) throws -> [UInt8] {
    guard let bytes = objects.withLock({ $0[name] }) else { throw missing(name, attempt) }
    return bytes
  }

  private func missing(_ name: ObjectName, _ attempt: String) -> StoreError {
    StoreError(attempt: attempt, subject: name.description, reason: .missing, cause: nil)
  }
}

/// An object that grows in memory.
private final class MemoryStagedObject: StagedObject {
  private let bytes = Mutex<[UInt8]>([])
  private let store: MemoryStore

  init(in store: MemoryStore) { self.store = store }

  var size: UInt64 { bytes.withLock { UInt64($0.count) } }

  func append(_ parts: [UnsafeRawBufferPointer]) throws {
    bytes.withLock { bytes in
      for part in parts { bytes.append(contentsOf: part) }
    }
  }

  func read(offset: UInt64, length: Int) throws -> [UInt8] {
    try bytes.withLock { bytes in
      let end = Int(offset) + length
      if end > bytes.count {
        throw StoreError.short("a new object", wanted: length, got: bytes.count - Int(offset))
      }
      return Array(bytes[Int(offset)..<end])
    }
  }

  func commit(as name: ObjectName) throws {
    let all = bytes.withLock { bytes in
      defer { bytes = [] }
      return bytes
    }
    try store.put(name, all)
  }

  func discard() { bytes.withLock { $0 = [] } }
}
