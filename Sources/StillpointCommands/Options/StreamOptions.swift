import ArgumentParser
import BackupFlow
import Machine

/// A backup of what comes as a stream, instead of files.
struct StreamOptions: ParsableArguments {
  @Flag(help: "Back up standard input.")
  var stdin = false

  @Option(
    help: .init("Name of the file that is made of it.", valueName: "filename")
  )
  var stdinFilename = "stdin"

  @Flag(help: "Run the arguments as a command and back up its standard output.")
  var stdinFromCommand = false

  var isAsked: Bool { stdin || stdinFromCommand }

  /// Where the stream comes from.
  ///
  /// - Throws: ``UsageError`` for options that exclude each other.
  func source(_ words: [String], _ files: SourceOptions) throws(UsageError) -> StreamSource {
    for (name, list) in [
      ("--files-from", files.filesFrom), ("--files-from-verbatim", files.filesFromVerbatim),
      ("--files-from-raw", files.filesFromRaw),
    ] where !list.isEmpty {
      throw UsageError("--stdin and \(name) cannot be used together")
    }
    if stdinFromCommand {
      if words.isEmpty { throw UsageError("no command was specified as argument") }
      return .program(words.map { ByteText.bytes($0) })
    }
    if !words.isEmpty {
      throw UsageError("--stdin was specified and files/dirs were listed as arguments")
    }
    return .standardInput
  }

  /// Where the file stands in the snapshot.
  ///
  /// - Throws: ``UsageError`` when that is no name.
  func path() throws(UsageError) -> FilePath {
    let name = FilePath(bytes: Array("/".utf8) + ByteText.bytes(stdinFilename))
    let path = name.lexicallyNormalized()
    if path.components.isEmpty {
      throw UsageError("failed to backup from stdin: invalid filename specified")
    }
    return path
  }
}
