import Machine

/// A unit file that is ours, or isn't there.
struct UnitFile {
  let path: FilePath
  /// Whether there is one, and it is ours.
  let exists: Bool

  /// Looks at what is there.
  ///
  /// - Throws: ``ForeignUnit`` for a file that we didn't write; ``SystemCallError``.
  init(_ path: FilePath) throws {
    self.path = path
    do {
      let found = try fileMetadata(of: path)
      let isOurs =
        try found.type == .regular && readWholeFile(path).starts(with: UnitNames.mark.utf8)
      if !isOurs { throw ForeignUnit(path: path) }
      exists = true
    } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
      exists = false
    }
  }

  /// Puts it there: readers see the old one or the new one.
  func write(_ text: String) throws {
    do {
      try LocalFiles.replace(path, with: Array(text.utf8), mode: 0o644)
    } catch {
      throw UnitNotWritten(path: path, cause: error)
    }
  }

  func remove() throws { if exists { try LocalFiles.remove(path) } }
}

/// A unit file that somebody else wrote.
struct ForeignUnit: ExplainedError {
  let path: FilePath
  var cause: (any Error)? { nil }

  var description: String { "\(path) was not written by stillpoint, and is left alone" }
  var hint: String? { "choose another --name" }
}

/// A unit file that can't be written.
struct UnitNotWritten: ExplainedError {
  let path: FilePath
  let cause: (any Error)?

  var description: String { "can't write \(path)" }
  var hint: String? {
    isRoot ? nil : "run as root, or with --user for your own files; --print only shows it"
  }
}
