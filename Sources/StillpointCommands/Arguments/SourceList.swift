import Archiving
import Machine

/// The paths to back up, from arguments and files.
struct SourceList {
  private(set) var targets: [ArchiveTarget] = []
  /// Those that don't exist, as the user wrote them.
  private(set) var missing: [String] = []
  /// Patterns that matched nothing.
  private(set) var unmatched: [String] = []

  /// - Throws: ``UsageError`` when nothing is left; errors of files that can't be read.
  init(_ words: [String], _ options: SourceOptions, _ interruption: Interruption) throws {
    var names: [[UInt8]] = []
    for file in options.filesFrom where !file.isEmpty {
      for line in try Self.lines(of: file, interruption) {
        let pattern = trimmed(line)
        if pattern.isEmpty || pattern.first == UInt8(ascii: "#") { continue }
        let found = try expandGlob(pattern)
        if found.isEmpty { unmatched.append(String(decoding: pattern, as: UTF8.self)) }
        names += found
      }
    }
    for file in options.filesFromVerbatim where !file.isEmpty {
      names += try Self.lines(of: file, interruption).filter { !$0.isEmpty }
    }
    for file in options.filesFromRaw where !file.isEmpty {
      names += try Self.rawNames(of: file, interruption)
    }
    names += words.map { ByteText.bytes($0) }
    if names.isEmpty {
      throw UsageError("nothing to backup, please specify source files/dirs")
    }
    try add(names.filter { !$0.isEmpty })
  }

  private mutating func add(_ names: [[UInt8]]) throws {
    for name in names {
      let path = FilePath(bytes: name)
      do {
        _ = try fileMetadata(of: path)
      } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
        missing.append(quoted(name))
        continue
      } catch {
        // It exists, or may: the archive says what is wrong with it.
      }
      let target = ArchiveTarget(path: normalized(path), placement: Self.placement(of: path))
      if !targets.contains(target) { targets.append(target) }
    }
  }

  /// Where a relative path stands in the snapshot: without `..` at its beginning.
  private static func placement(of path: FilePath) -> [FileName]? {
    if path.isAbsolute { return nil }
    return path.lexicallyNormalized().bytes.split(separator: UInt8(ascii: "/"))
      .drop { $0.elementsEqual("..".utf8) }
      .filter { !$0.elementsEqual(".".utf8) }
      .map { FileName($0) }
  }

  private static func lines(of name: String, _ interruption: Interruption) throws -> [[UInt8]] {
    decodedText(try content(of: name, interruption))
      .split(separator: 0x0a, omittingEmptySubsequences: false)
      .map { $0.last == 0x0d ? Array($0.dropLast()) : Array($0) }
  }

  private static func rawNames(
    of name: String,
    _ interruption: Interruption
  ) throws -> [[UInt8]] {
    let bytes = try content(of: name, interruption)
    if bytes.isEmpty { return [] }
    if bytes.last != 0 { throw UsageError("--files-from-raw: trailing zero byte missing") }
    let names = bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
    if names.contains(where: \.isEmpty) {
      throw UsageError("--files-from-raw: empty filename in listing")
    }
    return names.map { Array($0) }
  }

  private static func content(of name: String, _ interruption: Interruption) throws -> [UInt8] {
    if name == "-" { return try readStandardInput(interruption) }
    return try readWholeFile(FilePath(bytes: ByteText.bytes(name)))
  }
}
