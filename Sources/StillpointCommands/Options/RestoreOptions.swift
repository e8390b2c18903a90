import ArgumentParser
import Machine
import Planning
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

  @Option(
    help: .init(
      "Only extended attributes that this pattern matches. (can be repeated)",
      valueName: "pattern"
    )
  )
  var includeXattr: [String] = []

  @Option(
    help: .init(
      "No extended attributes that this pattern matches. (can be repeated)",
      valueName: "pattern"
    )
  )
  var excludeXattr: [String] = []

  @Flag(help: "Look up owners by name here; who has none here becomes root.")
  var ownershipByName = false

  /// Says of an extended attribute's name whether it is restored.
  ///
  /// - Throws: ``UsageError`` for patterns that exclude each other or are malformed.
  func attributeSelection() throws -> @Sendable ([UInt8]) -> Bool {
    if !includeXattr.isEmpty && !excludeXattr.isEmpty {
      throw UsageError("exclude and include xattr patterns are mutually exclusive")
    }
    let includes = try PatternSource.list("--include-xattr", includeXattr, files: [])
    let excludes = try PatternSource.list("--exclude-xattr", excludeXattr, files: [])
    if includes.isEmpty && excludes.isEmpty { return { _ in true } }
    return { name in
      let path = ComponentPath(FilePath(bytes: name))
      return includes.isEmpty ? !excludes.matches(path) : includes.matches(path)
    }
  }

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
