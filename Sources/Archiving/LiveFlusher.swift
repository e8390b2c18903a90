import Machine
import Synchronization

/// Sees to it that a change of a live file after this moment changes its times.
///
/// A store to a mapped page changes the times only when the page is clean. So before a file is
/// read its pages are written out: file by file as long as few changed lately, all of a file
/// system at once when many did.
final class LiveFlusher: Sendable {
  private struct Volume {
    /// Files whose times are before this have nothing to write out.
    var flushedAt: FileTime?
    /// How many files with later times were written out one by one.
    var singles = 0
    /// How many may be.
    var singlesMax = 64
  }

  private let volumes = Mutex<[UInt64: Volume]>([:])
  /// Whether a device is tmpfs.
  private let inMemory = Mutex<[UInt64: Bool]>([:])
  /// Files that changed after this may wait long to be written out: the kernel does it within
  /// about 35 s by itself.
  private let recent: FileTime

  init() {
    let now = currentFileTime()
    recent = FileTime(seconds: now.seconds - 60, nanoseconds: now.nanoseconds)
  }

  /// Writes out an open file, as far as it is needed; `metadata` was taken before.
  func settle(_ file: CInt, _ metadata: FileMetadata) {
    let changed = max(metadata.modified, metadata.changed)
    if changed >= recent, isSettledByVolume(file, metadata.device, changed) { return }
    // What can't be written out, such as files of the kernel's, has no pages of its own.
    try? writeOut(file, subject: "/")
  }

  /// Whether an open file may change without a sign: on tmpfs, where mapped pages are never
  /// written out, as long as somebody has it open for writing.
  func hidesChanges(_ file: CInt, _ metadata: FileMetadata) -> Bool {
    let isInMemory = inMemory.withLock { known in
      if let known = known[metadata.device] { return known }
      let found = FileSystemKind(of: file) == .tmpfs
      known[metadata.device] = found
      return found
    }
    return isInMemory && mayHaveWriters(file)
  }

  /// Whether the whole file system was written out since `changed`, perhaps just now.
  private func isSettledByVolume(_ file: CInt, _ device: UInt64, _ changed: FileTime) -> Bool {
    volumes.withLock { volumes in
      var volume = volumes[device, default: Volume()]
      defer { volumes[device] = volume }
      if let flushedAt = volume.flushedAt, changed < flushedAt { return true }
      volume.singles += 1
      if volume.singles <= volume.singlesMax { return false }
      // Under the lock: the other readers would only write out the same pages.
      let now = currentFileTime().earlier(byNanoseconds: ArchiveRun.clockSlack)
      guard (try? flushFileSystem(of: file, subject: "/")) != nil else { return false }
      volume = Volume(flushedAt: now, singles: 0, singlesMax: volume.singlesMax * 4)
      return changed < now
    }
  }
}
