import ArgumentParser
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat

/// `stillpoint cat`.
struct CatCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print internal objects to stdout.",
    usage: """
      stillpoint cat [masterkey|config|pack ID|blob ID|snapshot ID|index ID|key ID|lock ID|\
      tree snapshot:subfolder]
      """,
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("What to print.", valueName: "type> <ID"))
  var words: [String] = []

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  private static let kinds = [
    "config", "index", "snapshot", "key", "masterkey", "lock", "pack", "blob", "tree",
  ]

  func run(in session: Session) throws -> ExitStatus {
    guard let kind = words.first else { throw UsageError("type not specified") }
    guard Self.kinds.contains(kind) else {
      let kinds = Self.kinds.joined(separator: "|")
      throw UsageError("invalid type \"\(kind)\", must be one of [\(kinds)]")
    }
    let needsID = kind != "config" && kind != "masterkey"
    if needsID && words.count < 2 { throw UsageError("ID not specified") }
    if needsID && words.count > 2 { throw UsageError("too many arguments") }
    let repository = try session.repository()
    try session.locked(repository, .shared) {
      let bytes = try content(kind, needsID ? words[1] : "", repository, session)
      session.output.write(bytes)
      try session.output.check()
    }
    return .success
  }

  private func content(
    _ kind: String,
    _ id: String,
    _ repository: Repository,
    _ session: Session
  ) throws -> [UInt8] {
    switch kind {
    case "config": return text(repository.config.encoded())
    case "masterkey": return text(repository.masterKey.encoded())
    case "snapshot":
      let name = try repository.choose(id, SnapshotFilter(), session.output).id.digest.hex
      return text(try repository.loadUnpacked(.snapshot, name))
    case "index":
      let json = try repository.loadUnpacked(
        .index,
        repository.name(of: .index, matching: id)
      )
      return json.last == 0x0a ? json : json + [0x0a]
    case "lock":
      return text(
        try repository.loadUnpacked(.lock, repository.name(of: .lock, matching: id))
      )
    case "key":
      return text(try repository.loadFile(.key, repository.name(of: .key, matching: id)))
    case "pack":
      return try repository.loadFile(.data, repository.name(of: .data, matching: id))
    case "tree":
      let tree = try repository.find(id, SnapshotFilter(), session).tree
      return try repository.loadBlob(.tree, tree)
    default:
      return try blob(id, repository, session)
    }
  }

  private func blob(
    _ id: String,
    _ repository: Repository,
    _ session: Session
  ) throws -> [UInt8] {
    guard let digest = Digest(hex: id) else {
      throw UsageError("unable to parse ID: \"\(id)\"", hint: "a blob's ID has 64 digits")
    }
    try repository.loadIndex(session.interruption)
    for type in [BlobType.data, .tree] where repository.contains(type, BlobID(digest)) {
      return try repository.loadBlob(type, BlobID(digest))
    }
    throw UsageError("blob not found")
  }

  private func text(_ json: [UInt8]) -> [UInt8] { indented(json) + [0x0a] }
}
