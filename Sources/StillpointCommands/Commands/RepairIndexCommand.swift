import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint repair index`.
struct RepairIndexCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Build a new index.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Flag(help: "Read all packs, and believe no index file.")
  var readAllPacks = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    let repository = try session.repository()
    try session.locked(repository, .exclusive, isOptional: false) {
      try session.repairIndex(of: repository, readingAllPacks: readAllPacks)
    }
    session.output.tell("done")
    return .success
  }
}

extension Session {
  /// Makes the index name what the packs hold, and nothing else.
  ///
  /// New index files are durable before old ones are removed.
  ///
  /// - Throws: ``RepositoryError``, ``StoreError``, ``Interrupted``.
  func repairIndex(of repository: Repository, readingAllPacks readsAll: Bool) throws {
    if !readsAll { output.tell("loading indexes...") }
    let findings = try repository.inspectIndex(
      readingAllPacks: readsAll,
      interruption: interruption
    )
    for (name, error) in findings.obsolete {
      if let error {
        output.error(["removing invalid index \(name): \(ErrorText(error).line)"])
      }
    }
    output.tell("getting pack files to read...")
    tell(findings)
    var damaged: [PackID] = []
    if findings.packsToRead > 0 {
      output.tell("reading pack files")
      damaged = try CountProgress.showing("packs", of: findings.packsToRead, on: output) {
        progress in
        try repository.indexPacks(of: findings, interruption: interruption) { progress.add() }
      }
    }
    tellDamaged(damaged, known: Set(findings.resized.map(\.pack)))
    output.tell("rebuilding index")
    tellRewritten(
      findings.fileCount,
      try repository.rewriteIndex(after: findings, keeping: damaged)
    )
  }

  private func tellDamaged(_ packs: [PackID], known: Set<PackID>) {
    for pack in packs {
      output.tell("skipped incomplete pack file: \(pack.digest.hex)", at: .verbose)
    }
    for pack in packs where known.contains(pack) {
      output.error([
        "pack \(pack.digest.hex) is damaged; `repair packs \(pack.digest.hex)` saves what is whole"
      ])
    }
  }

  private func tell(_ findings: IndexFindings) {
    let unnamed = findings.unnamed.map { "adding pack file to index \($0.digest.hex)" }
    let resized = findings.resized.map {
      "reindexing pack file \($0.pack.digest.hex) with unexpected size \($0.size) "
        + "instead of \($0.indexedSize)"
    }
    let missing = findings.missing.map { "removing not found pack file \($0.digest.hex)" }
    let lines = unnamed + resized + missing
    if !lines.isEmpty { output.error(lines) }
  }

  /// Says which of `count` index files were removed.
  func tellRewritten(_ count: Int, _ removed: [String]) {
    CountProgress.showing("indexes processed", of: count, on: output) { $0.add(count) }
    if removed.isEmpty { return }
    CountProgress.showing("old indexes deleted", of: removed.count, on: output) { progress in
      for name in removed { output.tell("removed index \(name)", at: .detailed) }
      progress.add(removed.count)
    }
  }
}
