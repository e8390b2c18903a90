import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint list`.
struct ListObjectsCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List objects in the repository.",
    usage: "stillpoint list [blobs|packs|index|snapshots|keys|locks]",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("What to list.", valueName: "type"))
  var words: [String] = []

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  private static let kinds: [String: FileKind] = [
    "packs": .data, "index": .index, "snapshots": .snapshot, "keys": .key, "locks": .lock,
  ]

  func run(in session: Session) throws -> ExitStatus {
    guard words.count == 1 else {
      throw UsageError(
        "accepts 1 arg(s), received \(words.count)",
        hint: "the types are blobs, packs, index, snapshots, keys and locks"
      )
    }
    let word = words[0]
    let kind = Self.kinds[word]
    if kind == nil && word != "blobs" {
      throw UsageError("invalid argument \"\(word)\" for \"stillpoint list\"")
    }
    let repository = try session.repository()
    let list = {
      if let kind {
        try listFiles(of: kind, repository, session.output)
      } else {
        try listBlobs(repository, session)
      }
    }
    // Who lists locks wants to see those of others.
    if kind == .lock { try list() } else { try session.locked(repository, .shared, list) }
    return .success
  }

  private func listFiles(
    of kind: FileKind,
    _ repository: Repository,
    _ output: Output
  ) throws {
    for name in try repository.names(of: kind) where Digest(hex: name) != nil {
      try show(name, output)
    }
  }

  /// Lists what each index file says, so copies twice.
  private func listBlobs(_ repository: Repository, _ session: Session) throws {
    for name in try repository.names(of: .index) {
      try session.interruption.check()
      try repository.readIndexFile(name) { _, blob in
        try show("\(blob.type.word) \(blob.id.digest.hex)", session.output)
      }
    }
  }

  private func show(_ line: String, _ output: Output) throws {
    if output.hasFailed { try output.check() }
    output.line(Array(line.utf8), isLast: false)
  }
}
