package import Machine

/// The name of an object: a kind, which is also its folder, and a name within it.
///
/// `config` stands alone: its kind is `config` and its name is empty.
package struct ObjectName: Hashable, Sendable, CustomStringConvertible {
  package var kind: String
  package var name: String

  package init(kind: String, name: String) {
    self.kind = kind
    self.name = name
  }

  package var description: String { name.isEmpty ? kind : "\(kind)/\(name)" }
}

/// An object that a store holds.
package struct StoredObject: Hashable, Sendable {
  package var name: ObjectName
  /// In bytes.
  package var size: UInt64

  package init(name: ObjectName, size: UInt64) {
    self.name = name
    self.size = size
  }
}

/// What a store can do; callers ask this, not its type.
package struct StoreProperties: Hashable, Sendable {
  /// How many transfers at once are worthwhile.
  package var connections: Int
  /// Whether `put` over an existing name is atomic.
  package var replacesAtomically: Bool
  /// Whether everybody's `list` names an object as soon as `put` has returned.
  package var listsAtOnce: Bool

  package init(connections: Int, replacesAtomically: Bool, listsAtOnce: Bool) {
    self.connections = connections
    self.replacesAtomically = replacesAtomically
    self.listsAtOnce = listsAtOnce
  }
}

/// Named bytes: all that a repository asks of a storage.
///
/// Calls block and may be made from any thread. Every error thrown is a ``StoreError``.
package protocol ObjectStore: Sendable {
  /// Where this is, as a person writes it.
  var location: String { get }
  var properties: StoreProperties { get }

  /// Makes the folders of an empty store. Twice is not an error.
  func prepare() throws

  /// Stores the concatenation of `parts` under `name`, durably: when this returns, a power
  /// loss does not take it away, and no reader ever saw a part of it.
  ///
  /// Locks are an exception: whoever held one doesn't survive a power loss either.
  func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws

  /// Begins an object of `kind` whose bytes and name come later.
  func stage(_ kind: String) throws -> any StagedObject

  /// Makes the names durable that ``StagedObject/commit(as:)`` gave.
  ///
  /// Many at once cost hardly more than one.
  func settle() throws

  /// Reads `length` bytes from `offset`, or all from there when `length` is nil.
  ///
  /// Fewer bytes than asked for are an error, ``StoreError/Reason/short``.
  func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8]

  /// The size in bytes.
  func size(of name: ObjectName) throws -> UInt64

  /// Every object of `kind` with a well-formed name, in no order.
  func list(_ kind: String) throws -> [StoredObject]

  func remove(_ name: ObjectName) throws

  /// The file that holds the object, when this machine's file system does.
  func localPath(of name: ObjectName) -> FilePath?
}

extension ObjectStore {
  package func localPath(of name: ObjectName) -> FilePath? { nil }

  /// Stores `bytes` under `name`, see ``put(_:_:)-(ObjectName,[UnsafeRawBufferPointer])``.
  ///
  /// - Throws: ``StoreError``.
  package func put(_ name: ObjectName, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try put(name, [$0]) }
  }

  /// Reads all of an object.
  ///
  /// - Throws: ``StoreError``.
  package func get(_ name: ObjectName) throws -> [UInt8] {
    try get(name, offset: 0, length: nil)
  }
}

/// An object on its way into a store: written piece by piece, named when it is complete.
///
/// One thread at a time uses it. Nobody sees it before ``commit(as:)``, and it leaves nothing
/// behind when it is given up instead. Every error thrown is a ``StoreError``.
package protocol StagedObject: AnyObject, Sendable {
  /// In bytes.
  var size: UInt64 { get }

  func append(_ parts: [UnsafeRawBufferPointer]) throws

  /// Reads back what was written.
  func read(offset: UInt64, length: Int) throws -> [UInt8]

  /// Stores the object under `name`; both are durable after ``ObjectStore/settle()``.
  ///
  /// Should the name be lost by a power loss before that, or be there, the object is never seen
  /// in part.
  func commit(as name: ObjectName) throws

  /// Gives the object up. Twice, or after ``commit(as:)``, is not an error.
  func discard()
}
