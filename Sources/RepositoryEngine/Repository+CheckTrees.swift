import Machine
import RepositoryFormat
import Synchronization

extension Repository {
  /// Reads all snapshots and every tree below them, each once.
  func checkTrees(
    of snapshots: [String],
    _ walk: TreeWalk,
    _ report: CheckReport,
    _ interruption: Interruption
  ) throws {
    let done = Atomic(0)
    try inParallel(snapshots, threads: readersMax, interruption: interruption) { [self] name in
      do {
        let snapshot = try loadSnapshotFile(name)
        walk.add(snapshot.tree, neededBy: "snapshot \(name)")
      } catch let error as Interrupted {
        throw error
      } catch {
        report.error(.snapshot, name, "snapshot \(name) is damaged: \(reason(error))")
      }
      let count = done.add(1, ordering: .relaxed).newValue
      report.update { summary in
        summary.snapshots = snapshots.count
        return .snapshots(done: count, of: snapshots.count)
      }
    }
    while let batch = walk.nextBatch() {
      try inParallel(batch, threads: readersMax, interruption: interruption) { walk.visit($0) }
    }
  }

  private func loadSnapshotFile(_ name: String) throws -> SnapshotFile {
    let json = try loadUnpacked(.snapshot, name)
    do {
      return try SnapshotFile(parsing: json)
    } catch {
      throw failure(.damaged(.snapshot, name: name), error)
    }
  }
}

/// The trees that a check has seen and those it has yet to read.
final class TreeWalk: Sendable {
  private struct State {
    var seen: Set<BlobID> = []
    var packs: Set<PackID>?
    var waiting: [BlobID] = []
  }

  /// Large enough that threads are started seldom, small enough that few trees wait.
  private static let batchSize = 4096

  private let repository: Repository
  private let report: CheckReport
  private let state: Mutex<State>

  /// - Parameters:
  ///   - repository: With its index loaded.
  ///   - report: Told of damage.
  ///   - notesPacks: Whether it is asked afterwards which packs hold what the trees need.
  init(_ repository: Repository, _ report: CheckReport, notesPacks: Bool) {
    self.repository = repository
    self.report = report
    state = Mutex(State(packs: notesPacks ? [] : nil))
  }

  /// The packs with something that the trees need; nil when they weren't noted.
  var neededPacks: Set<PackID>? { state.withLock { $0.packs } }

  private func notePacks(of type: BlobType, _ blobs: [BlobID]) {
    guard state.withLock({ $0.packs != nil }) else { return }
    let packs = blobs.flatMap { repository.locations(type, $0).map(\.pack) }
    state.withLock { $0.packs?.formUnion(packs) }
  }

  func add(_ tree: BlobID, neededBy owner: @autoclosure () -> String) {
    let isNew = state.withLock { $0.seen.insert(tree).inserted }
    guard isNew else { return }
    notePacks(of: .tree, [tree])
    if repository.contains(.tree, tree) {
      state.withLock { $0.waiting.append(tree) }
    } else {
      let name = tree.digest.hex
      let text = "tree \(name), which \(owner()) needs, is in no index file"
      report.error(nil, name, text, repairsIndex: true)
    }
  }

  func nextBatch() -> [BlobID]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let batch = Array(state.waiting.suffix(Self.batchSize))
      state.waiting.removeLast(batch.count)
      return batch
    }
  }

  func visit(_ id: BlobID) {
    let nodes: [Node]
    do {
      nodes = try repository.loadTree(id)
    } catch {
      let pack = repository.location(.tree, id)?.pack
      let place = pack.map { " in pack \($0.digest.hex)" } ?? ""
      let text = "tree \(id.digest.hex)\(place) is damaged: \(reason(error))"
      report.error(nil, id.digest.hex, text, isPackBroken: pack)
      return
    }
    for node in nodes { check(node, of: id) }
  }

  private func check(_ node: Node, of tree: BlobID) {
    func name() -> String { "'\(String(decoding: node.name, as: UTF8.self))'" }
    func complain(_ what: String) {
      report.error(nil, tree.digest.hex, "tree \(tree.digest.hex): \(what)")
    }
    if node.name.isEmpty { complain("an entry has no name") }
    switch node.type {
    case .file:
      guard let content = node.content else { return complain("file \(name()) has no content") }
      notePacks(of: .data, content)
      for blob in content where !repository.contains(.data, blob) {
        let id = blob.digest.hex
        let text =
          "data blob \(id), which file \(name()) in tree \(tree.digest.hex) needs, "
          + "is in no index file"
        report.error(nil, id, text, repairsIndex: true)
      }
    case .dir:
      guard let subtree = node.subtree else { return complain("folder \(name()) has no tree") }
      add(subtree, neededBy: "folder \(name()) in tree \(tree.digest.hex)")
    case .symlink, .dev, .chardev, .fifo, .socket, .irregular: break
    }
  }
}
