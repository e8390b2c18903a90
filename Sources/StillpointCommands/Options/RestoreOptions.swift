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

  @Option(
    name: [.customShort("i"), .long],
    help: .init("Only what this pattern matches. (can be repeated)", valueName: "pattern")
  )
  var include: [String] = []

  @Option(help: .init("The same, ignoring case. (can be repeated)", valueName: "pattern"))
  var iinclude: [String] = []

  @Option(help: .init("Read include patterns from a file. (can be repeated)", valueName: "file"))
  var includeFile: [String] = []

  @Option(help: .init("The same, ignoring case. (can be repeated)", valueName: "file"))
  var iincludeFile: [String] = []

  @Option(
    name: [.customShort("e"), .long],
    help: .init("Leave out what this pattern matches. (can be repeated)", valueName: "pattern")
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

  /// - Throws: ``UsageError`` for patterns that exclude each other or are malformed.
  func selection() throws -> RestoreSelection {
    let includes = try PatternSource.list("--include", include, files: includeFile)
    let caselessIncludes = try PatternSource.list(
      "--iinclude",
      iinclude,
      files: iincludeFile,
      ignoringCase: true
    )
    let excludes = try PatternSource.list("--exclude", exclude, files: excludeFile)
    let caselessExcludes = try PatternSource.list(
      "--iexclude",
      iexclude,
      files: iexcludeFile,
      ignoringCase: true
    )
    let hasIncludes = [include, includeFile, iinclude, iincludeFile].contains { !$0.isEmpty }
    let hasExcludes = !excludes.isEmpty || !caselessExcludes.isEmpty
    if hasIncludes && hasExcludes {
      throw UsageError("exclude and include patterns are mutually exclusive")
    }
    if hasIncludes { return .including(includes, caseless: caselessIncludes) }
    return hasExcludes ? .excluding(excludes, caseless: caselessExcludes) : .everything
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
