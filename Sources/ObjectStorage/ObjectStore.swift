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

  package init(connections: Int, replacesAtomically: Bool) {
    self.connections = connections
    self.replacesAtomically = replacesAtomically
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
  func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws

  /// Reads `length` bytes from `offset`, or all from there when `length` is nil.
  func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8]

  /// The size in bytes.
  func size(of name: ObjectName) throws -> UInt64

  /// Every object of `kind` with a well-formed name, in no order.
  func list(_ kind: String) throws -> [StoredObject]

  func remove(_ name: ObjectName) throws
}

/// What went wrong in a store.
package struct StoreError: Error {
  package enum Reason: Hashable, Sendable {
    case missing, noSpace, denied, short, other
  }

  /// What was attempted, such as "store" or "read".
  package var attempt: String
  /// On what: an object's name and the store's location.
  package var subject: String
  package var reason: Reason
  package var cause: (any Error)?

  package init(attempt: String, subject: String, reason: Reason, cause: (any Error)?) {
    self.attempt = attempt
    self.subject = subject
    self.reason = reason
    self.cause = cause
  }

  package var isMissing: Bool { reason == .missing }
  /// Whether trying again can't help.
  package var isPermanent: Bool { reason != .other }
}
