import Machine
import ObjectStorage

/// A store with room for so many bytes; what is removed makes room.
final class FullStore: ObjectStore {
  private let base: any ObjectStore
  private let sizeMax: UInt64

  init(_ base: any ObjectStore, sizeMax: UInt64) {
    self.base = base
    self.sizeMax = sizeMax
  }

  /// What a store holds, in bytes.
  static func size(of store: any ObjectStore) throws -> UInt64 {
    try ["config", "data", "index", "keys", "locks", "snapshots"].reduce(0) { sum, kind in
      try sum + store.list(kind).reduce(0) { $0 + $1.size }
    }
  }

  var location: String { base.location }
  var properties: StoreProperties { base.properties }

  func prepare() throws { try base.prepare() }

  func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws {
    let size = parts.reduce(0) { $0 + UInt64($1.count) }
    guard try Self.size(of: base) + size <= sizeMax else { throw noSpace }
    try base.put(name, parts)
  }

  func stage(_ kind: String) throws -> any StagedObject { throw noSpace }
  func settle() throws { try base.settle() }

  func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8] {
    try base.get(name, offset: offset, length: length)
  }

  func size(of name: ObjectName) throws -> UInt64 { try base.size(of: name) }
  func list(_ kind: String) throws -> [StoredObject] { try base.list(kind) }
  func remove(_ name: ObjectName) throws { try base.remove(name) }

  private var noSpace: StoreError {
    StoreError(attempt: "store", subject: "an object", reason: .noSpace, cause: nil)
  }
}
