import ArgumentParser
import Planning
import Restoring

/// Which files of a snapshot are meant, by patterns.
struct SelectionOptions: ParsableArguments {
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

  var areGiven: Bool {
    [
      include, iinclude, includeFile, iincludeFile, exclude, iexclude, excludeFile, iexcludeFile,
    ].contains { !$0.isEmpty }
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
    let hasIncludes = !includes.isEmpty || !caselessIncludes.isEmpty
    let hasExcludes = !excludes.isEmpty || !caselessExcludes.isEmpty
    if hasIncludes && hasExcludes {
      throw UsageError("exclude and include patterns are mutually exclusive")
    }
    if hasIncludes { return .including(includes, caseless: caselessIncludes) }
    return hasExcludes ? .excluding(excludes, caseless: caselessExcludes) : .everything
  }
}
