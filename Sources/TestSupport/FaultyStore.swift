package import Machine
package import ObjectStorage
import Synchronization

/// A store that fails when it is told to.
package final class FaultyStore: ObjectStore {
  /// What is asked of a store; a test chooses what may fail.
  package enum Operation: CaseIterable, Hashable, Sendable {
    case prepare, put, stage, append, readBack, commit, settle, get, size, list, remove
  }

  /// How it fails.
  package enum Fault: Hashable, Sendable {
    /// With this reason, having done nothing.
    case error(StoreError.Reason)
    /// Reads of a whole object return half of it; everything else ends with `short` halfway.
    case cutShort
  }

  private struct State {
    var count = 0
    var faults = 0
  }

  private let base: any ObjectStore
  private let failing: Set<Operation>
  private let first: Int
  private let last: Int
  private let fault: Fault
  private let state = Mutex(State())

  /// Wraps `base`.
  ///
  /// - Parameters:
  ///   - base: What does the work.
  ///   - first: The first operation to fail, counted from 1; 0 for none.
  ///   - isLasting: Whether all later ones fail too.
  ///   - failing: Which operations are counted and may fail.
  ///   - fault: How.
  package init(
    _ base: any ObjectStore,
    failingAt first: Int = 0,
    isLasting: Bool = false,
    failing: Set<Operation> = Set(Operation.allCases),
    fault: Fault = .error(.other)
  ) {
    self.base = base
    self.first = first
    last = isLasting ? Int.max : first
    self.failing = failing
    self.fault = fault
  }

  /// How many operations were counted.
  package var count: Int { state.withLock { $0.count } }
  /// How many of them failed.
  package var faults: Int { state.withLock { $0.faults } }

  package var location: String { base.location }
  package var properties: StoreProperties { base.properties }

  package func prepare() throws {
    try meet(.prepare)
    try base.prepare()
  }

  package func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws {
    try meet(.put)
    try base.put(name, parts)
  }

  package func stage(_ kind: String) throws -> any StagedObject {
    try meet(.stage)
    return FaultyStagedObject(try base.stage(kind), self)
  }

  package func settle() throws {
    try meet(.settle)
    try base.settle()
  }

  package func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8] {
    guard isFaulty(.get) else { return try base.get(name, offset: offset, length: length) }
    if fault == .cutShort, length == nil {
      let bytes = try base.get(name, offset: offset, length: nil)
      return Array(bytes.prefix(bytes.count / 2))
    }
    throw error(.get)
  }

  package func size(of name: ObjectName) throws -> UInt64 {
    try meet(.size)
    return try base.size(of: name)
  }

  package func list(_ kind: String) throws -> [StoredObject] {
    try meet(.list)
    return try base.list(kind)
  }

  package func remove(_ name: ObjectName) throws {
    try meet(.remove)
    try base.remove(name)
  }

  package func localPath(of name: ObjectName) -> FilePath? { base.localPath(of: name) }

  fileprivate func isFaulty(_ operation: Operation) -> Bool {
    guard failing.contains(operation) else { return false }
    return state.withLock { state in
      state.count += 1
      let fails = first > 0 && state.count >= first && state.count <= last
      if fails { state.faults += 1 }
      return fails
    }
  }

  fileprivate func meet(_ operation: Operation) throws {
    if isFaulty(operation) { throw error(operation) }
  }

  fileprivate func error(_ operation: Operation) -> StoreError {
    let reason: StoreError.Reason
    switch fault {
    case .error(let given): reason = given
    case .cutShort: reason = .short
    }
    return StoreError(attempt: "\(operation)", subject: "by order", reason: reason, cause: nil)
  }

  fileprivate var cutsShort: Bool { fault == .cutShort }
}

private final class FaultyStagedObject: StagedObject {
  private let base: any StagedObject
  private let store: FaultyStore

  init(_ base: any StagedObject, _ store: FaultyStore) {
    self.base = base
    self.store = store
  }

  var size: UInt64 { base.size }

  func append(_ parts: [UnsafeRawBufferPointer]) throws {
    guard store.isFaulty(.append) else { return try base.append(parts) }
    if store.cutsShort, let part = parts.first {
      try base.append([UnsafeRawBufferPointer(rebasing: part.prefix(part.count / 2))])
    }
    throw store.error(.append)
  }

  func read(offset: UInt64, length: Int) throws -> [UInt8] {
    try store.meet(.readBack)
    return try base.read(offset: offset, length: length)
  }

  func commit(as name: ObjectName) throws {
    try store.meet(.commit)
    try base.commit(as: name)
  }

  func discard() { base.discard() }
}
