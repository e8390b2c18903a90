import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// `stillpoint recover`.
struct RecoverCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Recover data from the repository not referenced by snapshots.",
    discussion: """
      A new snapshot is made of all folders that no snapshot refers to and no other folder \
      holds, such as after forgetting too much.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    let output = session.output
    let repository = try session.repository()
    return try session.locked(repository, .exclusive, isOptional: false) {
      output.tell("ensuring index is complete")
      try session.repairIndex(of: repository, readingAllPacks: false)
      output.tell("load index files")
      try repository.loadIndex(session.interruption)
      let roots = try roots(of: repository, session)
      for root in roots { output.tell("found root tree \(root.digest.short)", at: .verbose) }
      output.line(Array("\nfound \(roots.count) unreferenced roots".utf8))
      if roots.isEmpty {
        output.tell("no snapshot to write.")
        return .success
      }
      let id = try save(roots, in: repository, session)
      output.line(Array("saved new snapshot \(id.digest.short)".utf8))
      return .success
    }
  }

  /// The trees that nothing refers to, in order.
  private func roots(of repository: Repository, _ session: Session) throws -> [BlobID] {
    let output = session.output
    let trees = repository.blobs(of: .tree)
    output.tell("load \(trees.count) trees")
    let referred = Mutex<Set<BlobID>>([])
    try CountProgress.showing("trees loaded", of: trees.count, on: output) { progress in
      try inParallel(
        Array(trees),
        threads: Host.processorCount,
        interruption: session.interruption
      ) { tree in
        do {
          let subtrees = try repository.loadTree(tree).compactMap(\.subtree)
          referred.withLock { $0.formUnion(subtrees) }
          progress.add()
        } catch {
          output.error(["unable to load tree \(tree.digest.short): \(ErrorText(error).line)"])
        }
      }
    }
    output.tell("load snapshots")
    let snapshots = try repository.snapshots { output.error([ErrorText($0).line]) }
    output.tell("done")
    return trees.subtracting(referred.withLock { $0 }).subtracting(snapshots.map(\.file.tree))
      .sorted()
  }

  private func save(
    _ roots: [BlobID],
    in repository: Repository,
    _ session: Session
  ) throws -> SnapshotID {
    let now = NodeTime.now
    // Two roots may begin with the same digits.
    let names = Dictionary(grouping: roots, by: \.digest.short)
    let nodes = roots.map { root in
      let short = root.digest.short
      let isUnique = names[short]?.count == 1
      var node = Node(name: Array((isUnique ? short : root.digest.hex).utf8), type: .dir)
      node.mode = 0o755
      node.modified = now
      node.accessed = now
      node.changed = now
      node.subtree = root
      return node
    }
    let tree = try repository.uploading(interruption: session.interruption) { saver in
      try encodeTree(nodes).withUnsafeBytes { try saver.save($0, as: .tree).id }
    }
    var file = SnapshotFile(time: now, tree: tree, paths: [Array("/recover".utf8)])
    file.hostname = Host.name
    file.username = Host.userName
    file.userID = Host.userID
    file.groupID = Host.groupID
    file.tags = ["recovered"]
    return try repository.saveSnapshot(file)
  }
}
