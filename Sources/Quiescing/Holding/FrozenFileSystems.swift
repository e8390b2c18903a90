import Machine

extension LastingQuiescer {
  /// Freezes the file system of a directory.
  ///
  /// - Parameters:
  ///   - directory: On the file system.
  ///   - refusal: Why it can't be frozen; nil when it can.
  ///   - record: On another file system.
  convenience init(
    freezingFileSystemOf directory: FilePath,
    refusal: String?,
    _ record: any HoldRecord
  ) {
    let means = Means(
      hold: .fileSystem(directory),
      refusal: refusal,
      check: { if let refusal { throw QuiesceError(refusal) } },
      // The kernel writes out first; there is no way to give up meanwhile.
      take: { _ in try freezeFileSystem(of: directory) }
    )
    self.init(
      Application(kind: "file system", path: directory, hasCleanPoint: false),
      means,
      record
    )
  }
}
