import Machine

/// What a directory's times were before we first made and removed an entry in it.
///
/// Setting back the modification time is possible, but that itself changes ctime. So we write
/// down the ctime that we left behind and the one that it stands for; while nobody else changes
/// the directory, it has that ctime for every later run.
struct DirectoryTimes {
  /// The folder of our state.
  let folder: FilePath
  /// Which directory, whatever it is mounted as.
  let volume: VolumeID
  let subvolume: UInt64

  private var note: FilePath { folder.appending("times-\(volume.digits)-\(subvolume)") }

  /// Calls `body`, which makes or removes an entry of ours in `directory`, and has it look as
  /// before.
  ///
  /// Other runs with the same state wait meanwhile.
  ///
  /// - Parameters:
  ///   - directory: Open for reading.
  ///   - path: What it is, for errors.
  ///   - body: Returns whether it changed the directory.
  /// - Returns: What readers must take back to see the original times.
  /// - Throws: ``SystemCallError``, or what `body` throws.
  func keeping(
    of directory: CInt,
    _ path: FilePath,
    _ body: () throws -> Bool
  ) throws -> TimeCorrection {
    try makeDirectories(folder)
    return try withLockFile(folder.appending("times.lock")) {
      let before = try fileMetadata(in: directory, subject: path)
      let original = originalChange(of: before)
      if try body() {
        try setTimes(
          of: .descriptor(directory),
          accessed: before.accessed,
          modified: before.modified,
          subject: path
        )
      }
      let after = try fileMetadata(in: directory, subject: path)
      if after.changed != before.changed { try write(left: after.changed, original) }
      return TimeCorrection(
        modified: after.modified,
        changedByUs: after.changed,
        changed: original
      )
    }
  }

  /// The ctime that the directory would have without us.
  private func originalChange(of directory: FileMetadata) -> FileTime {
    guard let bytes = try? LocalFiles.read(note) else { return directory.changed }
    let numbers = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard numbers.count == 4,
      let left = time(numbers[0], numbers[1]),
      let original = time(numbers[2], numbers[3]),
      left == directory.changed
    else { return directory.changed }
    return original
  }

  private func write(left: FileTime, _ original: FileTime) throws {
    let text = """
      \(left.seconds) \(left.nanoseconds)
      \(original.seconds) \(original.nanoseconds)

      """
    try LocalFiles.replace(note, with: Array(text.utf8))
  }

  private func time(_ seconds: Substring, _ nanoseconds: Substring) -> FileTime? {
    guard let seconds = Int64(seconds), let nanoseconds = UInt32(nanoseconds) else { return nil }
    return FileTime(seconds: seconds, nanoseconds: nanoseconds)
  }
}
