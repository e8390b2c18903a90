import ArgumentParser
import Exporting
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint dump`.
struct DumpCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Print backed-up files or folders to stdout.",
    discussion: """
      A file is written as it is, a folder as a tar or zip archive of what it holds; / means \
      everything. With :PATH after the ID the paths in the archive begin in that folder.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("A snapshot, and a file or folder in it.", valueName: "snapshot ID> <file"))
  var words: [String] = []

  @Option(
    name: [.customShort("a"), .long],
    help: .init("Write folders as tar or zip.", valueName: "format")
  )
  var archive = ArchiveFormat.tar.rawValue

  @Option(
    name: [.customShort("t"), .long],
    help: .init("Write to this file.", valueName: "path")
  )
  var target: String?

  @OptionGroup(title: "Filters, for latest") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard words.count == 2 else { throw UsageError("no file and no snapshot ID specified") }
    guard let format = ArchiveFormat(rawValue: archive) else {
      throw UsageError("unknown archive format \"\(archive)\"", hint: "there are tar and zip")
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      let path = SnapshotPath(words[0])
      let snapshot = try explaining("failed to find snapshot") {
        try repository.choose(path.id, filters.filter, session.output)
      }
      try repository.loadIndex(session.interruption)
      let top = try repository.tree(of: snapshot, at: path)
      let found = try explaining("cannot dump file") {
        try DumpedPath(ByteText.bytes(words[1]), below: top, in: repository)
      }
      let file = try explaining("cannot dump to file") { try targetFile() }
      try explaining("cannot dump file") {
        try write(found, format, to: file, repository, session)
      }
      return .success
    }
  }

  private func targetFile() throws -> OutputFile? {
    guard let target, !target.isEmpty else { return nil }
    return try OutputFile(FilePath(bytes: ByteText.bytes(target)))
  }

  private func write(
    _ found: DumpedPath,
    _ format: ArchiveFormat,
    to file: OutputFile?,
    _ repository: Repository,
    _ session: Session
  ) throws {
    let dump = Dump(repository: repository, interruption: session.interruption)
    if let file {
      try dump.write(found, format) { try file.write($0) }
      return try file.close()
    }
    let output = session.output
    if found.isFolder && output.isTerminal {
      throw UsageError("stdout is the terminal, please redirect output")
    }
    try dump.write(found, format) { bytes in
      output.write(Array(bytes), isLast: false)
      if output.hasFailed { try output.check() }
    }
    try output.check()
  }
}
