import ArgumentParser
import BackupFlow
import Machine

/// What is backed up.
struct SourceOptions: ParsableArguments {
  @Option(
    help: .init(
      "Read the files to back up from a file, as patterns. (can be repeated)",
      valueName: "file"
    )
  )
  var filesFrom: [String] = []

  @Option(help: .init("The same, taken as they are. (can be repeated)", valueName: "file"))
  var filesFromVerbatim: [String] = []

  @Option(help: .init("The same, ended by zero bytes. (can be repeated)", valueName: "file"))
  var filesFromRaw: [String] = []

  @Option(
    name: [.customShort("e"), .long],
    help: .init("Exclude a pattern. (can be repeated)", valueName: "pattern")
  )
  var exclude: [String] = []

  @Option(help: .init("The same, ignoring case. (can be repeated)", valueName: "pattern"))
  var iexclude: [String] = []

  @Option(help: .init("Read exclude patterns from a file. (can be repeated)", valueName: "file"))
  var excludeFile: [String] = []

  @Option(help: .init("The same, ignoring case. (can be repeated)", valueName: "file"))
  var iexcludeFile: [String] = []

  @Option(
    help: .init(
      "Exclude what lies beside a file of this name, which begins so. (can be repeated)",
      valueName: "filename[:header]"
    )
  )
  var excludeIfPresent: [String] = []

  @Flag(help: "Exclude caches: directories with a CACHEDIR.TAG.")
  var excludeCaches = false

  @Option(
    help: .init("Exclude larger files. (suffixes: k, m, g, t)", valueName: "size")
  )
  var excludeLargerThan: String?

  @Flag(name: [.customShort("x"), .long], help: "Exclude other file systems.")
  var oneFileSystem = false
}

/// How a backup is made.
struct BackupOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Write nothing, only say what would be done.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Read all files again, whatever the parent says.")
  var force = false

  @Option(
    help: .init("Parent snapshot. (default: the latest that fits)", valueName: "snapshot")
  )
  var parent: String?

  @Option(
    name: [.customShort("g"), .long],
    help: .init("What a parent has in common: host, paths, tags.", valueName: "group")
  )
  var groupBy = "host,paths"

  @Flag(help: "Save no snapshot when nothing changed.")
  var skipIfUnchanged = false

  @Option(
    name: [.customShort("H"), .long],
    help: .init("Host of the snapshot. (default: $RESTIC_HOST)", valueName: "hostname")
  )
  var host: String?

  @Option(help: .init("Tags of the snapshot. (can be repeated)", valueName: "tag[,tag,...]"))
  var tag: [String] = []

  @Option(
    help: .init(
      "Time of the snapshot, as '2012-11-01 22:08:41' or now. (default: the instant)",
      valueName: "time"
    )
  )
  var time: String?

  @Flag(help: "Ignore ctime changes when looking for modified files.")
  var ignoreCtime = false

  @Flag(help: "Ignore inode and ctime changes when looking for modified files.")
  var ignoreInode = false

  @Flag(help: "Store access times.")
  var withAtime = false

  @Option(
    help: .init("Read n files at once. (default: $RESTIC_READ_CONCURRENCY, else 2)", valueName: "n")
  )
  var readConcurrency: String?

  @Option(
    help: .init(
      "Where there are no volume snapshots, copy so much of what is being written.",
      valueName: "size"
    )
  )
  var hotCopyMax = "64M"

  @Flag(help: "Do not count files ahead.")
  var noScan = false

  @Option(
    help: .init(
      "Back up what a command writes as a file of the same snapshot; when it fails, nothing is "
        + "saved. (can be repeated)",
      valueName: "name=command"
    )
  )
  var dump: [String] = []

  @Flag(help: "Open a copy of each database, and store with the snapshot which are whole.")
  var prove = false

  /// The commands of `--dump`.
  ///
  /// - Parameter sources: What is backed up besides.
  /// - Returns: Each with where its file stands.
  /// - Throws: ``UsageError`` for what is none.
  func dumps(beside sources: [FilePath]) throws(UsageError) -> [DumpRequest] {
    var found: [DumpRequest] = []
    for text in dump {
      let bytes = ByteText.bytes(text)
      guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")) else {
        throw UsageError("invalid argument \"\(text)\" for \"--dump\" flag: want NAME=COMMAND")
      }
      let path = FilePath(bytes: Array("/".utf8) + bytes[..<sign]).lexicallyNormalized()
      let others = found.map(\.path)
      if let other = (sources + others).first(where: { $0.starts(with: path) })
        ?? others.first(where: { path.starts(with: $0) })
      {
        throw UsageError(
          "invalid argument \"\(text)\" for \"--dump\" flag: it would stand where \(other) does"
        )
      }
      found.append(DumpRequest(path: path, words: try shellWords(Array(bytes[(sign + 1)...]))))
    }
    return found
  }
}

/// How still a backup must be.
struct StillnessOptions: ParsableArguments {
  @Option(
    help: .init(
      "Volume snapshots: off, auto, on (warn where not) or required.",
      valueName: "policy"
    )
  )
  var snapshotPolicy = "on"

  @Option(
    help: .init(
      "Save nothing below this grade: file, volume, instant or application.",
      valueName: "grade"
    )
  )
  var require: String?

  @Flag(help: "Do not hold writers for the instant.")
  var noPause = false

  @Option(help: .init("Hold writers at most so long.", valueName: "duration"))
  var maxPause = "2s"

  @Option(
    help: .init(
      "Hold applications at a clean point: off, or auto for those that are found.",
      valueName: "which"
    )
  )
  var quiesce = "auto"

  @Option(help: .init("Hold applications at most so long.", valueName: "duration"))
  var holdMax = "1s"

  @Option(
    help: .init(
      "Option file with the name and the password for MariaDB or MySQL. (default: the client's)",
      valueName: "file"
    )
  )
  var mysqlOptionFile: String?

  @Option(
    help: .init(
      "For the instant, call the programs in a folder with freeze, and then with thaw. "
        + "(can be repeated)",
      valueName: "folder"
    )
  )
  var hooks: [String] = []

  @Option(
    help: .init(
      "Freeze unit:NAME, container:NAME or group:FOLDER for the instant, or stop process:NAME or "
        + "pid:NUMBER. (can be repeated)",
      valueName: "what"
    )
  )
  var freeze: [String] = []

  @Option(
    help: .init(
      "Freeze the file system of a folder for the instant. (can be repeated)",
      valueName: "folder"
    )
  )
  var fsfreeze: [String] = []
}
