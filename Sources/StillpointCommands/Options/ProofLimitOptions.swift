import ArgumentParser
import BackupFlow
import Machine
import Planning

/// How long and with how much room databases are tried.
struct ProofLimitOptions: ParsableArguments {
  @Option(
    help: .init(
      "Try databases at most so long, all together.",
      valueName: "duration"
    )
  )
  var proveTimeout = "10m"

  @Option(
    help: .init("Try no larger database. (default: what there is room for)", valueName: "size")
  )
  var proveMaxSize: String?

  @Option(
    help: .init(
      "Where copies of databases are made. (default: $TMPDIR, else /var/tmp)",
      valueName: "dir"
    )
  )
  var scratch: String?

  /// - Throws: ``UsageError`` for values that make no sense.
  func options() throws(UsageError) -> ProofOptions {
    var options = ProofOptions()
    guard let timeout = parseDuration(proveTimeout), timeout > .zero else {
      throw UsageError(
        "invalid argument \"\(proveTimeout)\" for \"--prove-timeout\" flag",
        hint: "a length of time is written as 90s or 10m"
      )
    }
    options.timeout = timeout
    if let text = proveMaxSize {
      guard let size = parseByteCount(text) else {
        throw UsageError("invalid argument \"\(text)\" for \"--prove-max-size\" flag")
      }
      options.sizeMax = size
    }
    options.scratch = scratch.map { normalized(FilePath(bytes: ByteText.bytes($0))) }
    return options
  }
}
