import Machine
import Planning

extension SourceOptions {
  /// What the options leave out.
  ///
  /// - Throws: ``UsageError`` for values that make no sense, or a file that can't be read.
  func exclusions() throws -> Exclusions {
    var exclusions = Exclusions()
    exclusions.patterns = try exclusionPatterns(besides: [])
    exclusions.caselessPatterns = try PatternSource.list(
      "--iexclude",
      iexclude,
      files: iexcludeFile,
      ignoringCase: true
    )
    if let text = excludeLargerThan, !text.isEmpty {
      guard let size = parseByteCount(text) else {
        throw UsageError("invalid argument \"\(text)\" for \"--exclude-larger-than\" flag")
      }
      exclusions.sizeMax = size
    }
    if excludeCaches { exclusions.markers.append(.cacheDirectory) }
    // No file has a name with a slash in it.
    for text in excludeIfPresent where !text.prefix(while: { $0 != ":" }).contains("/") {
      guard let marker = ExclusionMarker(parsing: text) else {
        throw UsageError("invalid argument \"\(text)\" for \"--exclude-if-present\" flag")
      }
      exclusions.markers.append(marker)
    }
    exclusions.staysOnFileSystem = oneFileSystem
    return exclusions
  }

  /// The exclude patterns that were given, then one for each of `paths`.
  ///
  /// - Throws: ``UsageError`` for malformed patterns, or a file that can't be read.
  func exclusionPatterns(besides paths: [FilePath]) throws -> PatternList {
    let ours = paths.map { path in
      // Exactly this path: a backslash takes what follows as it is.
      path.string.map { "*?[\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    return try PatternSource.list(
      "--exclude",
      exclude,
      files: excludeFile,
      further: ours
    )
  }
}
