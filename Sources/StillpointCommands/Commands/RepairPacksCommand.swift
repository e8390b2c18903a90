import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint repair packs`.
struct RepairPacksCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "packs",
    abstract: "Salvage damaged pack files.",
    discussion: """
      What is whole in the packs is stored again, and the packs are removed; copies of them stay \
      in the current folder.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("The packs' whole IDs.", valueName: "pack ID"))
  var ids: [String] = []

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let packs = try Set(ids.map(parse)).sorted()
    if packs.isEmpty { throw UsageError("no ids specified") }
    let repository = try session.repository()
    try session.locked(repository, .exclusive, isOptional: false) {
      try repository.loadIndex(session.interruption)
      session.output.tell("saving backup copies of pack files to current folder")
      for pack in packs {
        let bytes = try repository.loadDamagedPack(pack)
        try writeWholeFile(bytes, to: FilePath("pack-\(pack.digest.hex)"), isNew: true)
      }
      try salvage(packs, in: repository, session)
      session.output.tell("rebuilding index")
      let (count, removed) = try repository.rewriteIndex(
        without: Set(packs),
        interruption: session.interruption
      )
      session.tellRewritten(count, removed)
      remove(packs, from: repository, session.output)
    }
    session.output.error([
      "",
      "Use `restic repair snapshots --forget` to remove the corrupted data blobs from all "
        + "snapshots",
    ])
    return .success
  }

  private func parse(_ id: String) throws(UsageError) -> PackID {
    guard id.utf8.count == 64 else { throw UsageError("invalid length for ID: \"\(id)\"") }
    guard let digest = Digest(hex: id) else { throw UsageError("invalid ID: \"\(id)\"") }
    return PackID(digest)
  }

  private func salvage(
    _ packs: [PackID],
    in repository: Repository,
    _ session: Session
  ) throws {
    let output = session.output
    output.tell("salvaging intact data from specified pack files")
    try CountProgress.showing("pack files", of: packs.count, on: output) { progress in
      try repository.uploading(interruption: session.interruption) { saver in
        try repository.salvage(
          packs,
          with: saver,
          interruption: session.interruption,
          onPack: { progress.add() },
          onProblem: { output.error([$0]) }
        )
      }
    }
  }

  /// Removes packs that no index file names any more; one that stays does no harm.
  private func remove(_ packs: [PackID], from repository: Repository, _ output: Output) {
    output.tell("removing salvaged pack files")
    CountProgress.showing("files deleted", of: packs.count, on: output) { progress in
      for pack in packs {
        do {
          try repository.removeFile(.data, pack.digest.hex)
          progress.add()
        } catch {
          output.error([
            "failed to delete pack file \(pack.digest.hex): \(ErrorText(error).line)"
          ])
        }
      }
    }
  }
}
