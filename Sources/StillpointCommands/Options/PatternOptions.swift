import Machine
import Planning

/// Patterns as options give them, from the command line and from files.
enum PatternSource {
  /// Compiles `patterns`, then those in `files`.
  ///
  /// - Parameters:
  ///   - option: The name of the option for patterns, for messages; that for files has `-file`
  ///     behind it.
  ///   - patterns: From the command line.
  ///   - files: With one pattern on a line.
  ///   - further: Well-formed patterns that come last.
  ///   - ignoringCase: Whether upper and lower case are the same.
  /// - Returns: The list.
  /// - Throws: ``UsageError`` for malformed patterns, or a file that can't be read.
  static func list(
    _ option: String,
    _ patterns: [String],
    files: [String],
    further: [String] = [],
    ignoringCase: Bool = false
  ) throws -> PatternList {
    let fromFiles = try files.flatMap { try read($0) }
    try check(option, patterns, ignoringCase)
    try check("\(option)-file", fromFiles, ignoringCase)
    return try PatternList(patterns + fromFiles + further, ignoringCase: ignoringCase)
  }

  private static func check(
    _ option: String,
    _ patterns: [String],
    _ ignoringCase: Bool
  ) throws(UsageError) {
    do {
      _ = try PatternList(patterns, ignoringCase: ignoringCase)
    } catch {
      let list = error.patterns.joined(separator: "\n")
      throw UsageError("\(option): invalid pattern(s) provided:\n\(list)")
    }
  }

  private static func read(_ name: String) throws -> [String] {
    do {
      let bytes = try readWholeFile(FilePath(bytes: ByteText.bytes(name)))
      return Planning.patterns(inFile: ByteText.text(decodedText(bytes))) { variable in
        environmentVariable(variable).map { ByteText.text($0) }
      }
    } catch {
      throw PatternFileError(name: name, cause: error)
    }
  }
}

/// A file of patterns that can't be read.
struct PatternFileError: ExplainedError {
  let name: String
  let cause: (any Error)?

  var description: String { "failed to read patterns from file \"\(name)\"" }
}
