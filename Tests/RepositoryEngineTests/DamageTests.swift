import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

/// Repositories with something wrong, as they are found in the field.
@Suite struct `A damaged repository` {
  enum Damage: CaseIterable, Sendable {
    case missingPack, missingIndex, missingSnapshot, truncatedPack, truncatedIndex,
      truncatedSnapshot, truncatedKey, flippedPack, flippedIndex, flippedSnapshot, emptyPack,
      emptyIndex, strayPack, twicePacked

    /// Whether it is nothing but untidy.
    var isHarmless: Bool {
      switch self {
      case .strayPack, .twicePacked, .missingSnapshot: true
      default: false
      }
    }
  }

  private static var options: RepositoryOptions {
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 16
    return options
  }

  private static let files: [(name: String, content: [UInt8])] = (0..<6).map { number in
    ("f\(number)", noise(15_000, seed: number))
  }

  /// A repository with two snapshots, damaged.
  private func store(with damage: Damage) throws -> MemoryStore {
    let store = MemoryStore()
    let first = try Repository.forTesting(in: store, options: Self.options)
    let twin = try Repository.openForTesting(store, options: Self.options)
    try first.backUp(Array(Self.files.prefix(3)))
    try first.backUp(Self.files)
    switch damage {
    case .missingPack: try remove(.data, from: store)
    case .missingIndex: try remove(.index, from: store)
    case .missingSnapshot: try remove(.snapshot, from: store)
    case .truncatedPack: try change(.data, in: store) { Array($0.prefix($0.count / 2)) }
    case .truncatedIndex: try change(.index, in: store) { Array($0.prefix($0.count / 2)) }
    case .truncatedSnapshot: try change(.snapshot, in: store) { Array($0.prefix(20)) }
    case .truncatedKey: try change(.key, in: store) { Array($0.prefix(100)) }
    case .flippedPack: try change(.data, in: store, Self.flipped)
    case .flippedIndex: try change(.index, in: store, Self.flipped)
    case .flippedSnapshot: try change(.snapshot, in: store, Self.flipped)
    case .emptyPack: try change(.data, in: store) { _ in [] }
    case .emptyIndex: try change(.index, in: store) { _ in [] }
    case .strayPack:
      let bytes = noise(3000, seed: 99)
      try store.put(ObjectName(kind: FileKind.data.rawValue, name: sha256(bytes).hex), bytes)
    case .twicePacked: try twin.backUp(Self.files)
    }
    return store
  }

  private static func flipped(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for position in stride(from: 40, to: bytes.count, by: 900) { bytes[position] ^= 4 }
    return bytes
  }

  /// The largest object of a kind, which holds what is looked for.
  private func largest(_ kind: FileKind, in store: MemoryStore) throws -> ObjectName {
    try #require(store.list(kind.rawValue).max { $0.size < $1.size }).name
  }

  private func remove(_ kind: FileKind, from store: MemoryStore) throws {
    try store.remove(largest(kind, in: store))
  }

  private func change(
    _ kind: FileKind,
    in store: MemoryStore,
    _ body: ([UInt8]) -> [UInt8]
  ) throws {
    let name = try largest(kind, in: store)
    let bytes = try store.get(name)
    try store.remove(name)
    try store.put(name, body(bytes))
  }

  @Test(arguments: Damage.allCases)
  func `is noticed by a check, and never made worse by a prune`(_ damage: Damage) throws {
    let store = try store(with: damage)
    guard damage != .truncatedKey else {
      #expect(throws: RepositoryError.self) { try Repository.openForTesting(store) }
      return
    }
    let found = try problems(openedAnew: store)
    #expect(found.isEmpty == damage.isHarmless, "\(found)")
    let before = try readable(in: store)
    let result = Result {
      let repository = try Repository.openForTesting(store, options: Self.options)
      try repository.prune(observer: SeenPrune())
    }
    if case .failure(let error) = result {
      #expect(!damage.isHarmless, "\(error)")
      #expect(!"\(error)".isEmpty)
    }
    #expect(try readable(in: store) == before)
  }

  /// The problems that a check finds, also where the index can't be loaded.
  private func problems(openedAnew store: MemoryStore) throws -> [String] {
    let found = Locked<[String]>([])
    var options = CheckOptions()
    options.packs = .all
    let repository = try Repository.open(store, password: Repository.testPassword)
    _ = try repository.check(
      options,
      onProblem: { problem in
        if !problem.isHint { found.update { $0.append(problem.description) } }
      }
    )
    return found.value
  }

  /// The files of all snapshots that can still be read whole.
  private func readable(in store: MemoryStore) throws -> Set<[UInt8]> {
    let repository = try Repository.open(store, password: Repository.testPassword)
    guard (try? repository.loadIndex()) != nil else { return [] }
    var whole: Set<[UInt8]> = []
    for snapshot in try repository.snapshots(onDamaged: { _ in }) {
      for node in (try? repository.loadTree(snapshot.file.tree)) ?? [] {
        let parts = (node.content ?? []).map { try? repository.loadBlob(.data, $0) }
        if !parts.contains(nil) { whole.insert(parts.flatMap { $0 ?? [] }) }
      }
    }
    return whole
  }
}
