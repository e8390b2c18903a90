import ArgumentParser
import Machine
import Restoring

/// What is restored, where, and how.
struct RestoreOptions: ParsableArguments {
  @Option(
    name: [.customShort("t"), .long],
    help: .init("Directory to extract data to.", valueName: "directory")
  )
  var target = ""

  @OptionGroup var patterns: SelectionOptions

  @Option(
    help: .init(
      "What happens to existing files: always, if-changed, if-newer or never.",
      valueName: "behavior"
    )
  )
  var overwrite = OverwritePolicy.always.rawValue

  @Flag(help: "Delete what is selected but not in the snapshot from the target.")
  var delete = false

  @Flag(help: "Write nothing, only say what would be done.")
  var dryRun = false

  @Flag(help: "Restore zeros as holes.")
  var sparse = false

  @Flag(help: "Read restored files again and compare.")
  var verify = false

  /// - Throws: ``UsageError`` for another word.
  func overwritePolicy() throws(UsageError) -> OverwritePolicy {
    guard let policy = OverwritePolicy(rawValue: overwrite) else {
      let names = OverwritePolicy.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(overwrite)\" for \"--overwrite\" flag: "
          + "invalid overwrite behavior \"\(overwrite)\", must be one of (\(names))"
      )
    }
    return policy
  }

  /// - Throws: ``UsageError`` when nobody said.
  func targetFolder() throws(UsageError) -> FilePath {
    if target.isEmpty {
      throw UsageError("please specify a directory to restore to (--target)")
    }
    return normalized(FilePath(bytes: ByteText.bytes(target)))
  }
}
