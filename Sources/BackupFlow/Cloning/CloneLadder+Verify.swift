import Machine

extension CloneLadder {
  /// Copies, and looks whether the file is afterwards what it was before.
  func copyAndVerify() throws -> Made? {
    for _ in 1...Self.attemptsMax {
      try interruption.check()
      let before = try settledMetadata()
      // A store to a mapped page changes the times only when the page was written out since the
      // last one: so between the look at the times and the copy, or a page that was stored to
      // before that look could be stored to unseen while it is copied.
      try? LocalFiles.sync(source.raw, places.source)  // What can't be written has no such page.
      let instant = currentFileTime()
      try duplicate.update { try interruption.check() }
      if !kind.showsChangesInTimes, try duplicate.update({ try interruption.check() }) > 0 {
        continue
      }
      if before.hasSameContent(as: try metadata()) {
        return Made(method: .verified, metadata: before, instant: instant)
      }
    }
    return pass("it changed each time while it was copied")
  }

  /// What the source is, once the clock has gone on since its last change: a later change of a
  /// file has another time then.
  private func settledMetadata() throws(SystemCallError) -> FileMetadata {
    var found = try metadata()
    for _ in 1...10 {
      let now = currentFileTime()
      let changed = max(found.changed, found.modified)
      let age =
        (now.seconds - changed.seconds) * 1_000_000_000
        + Int64(now.nanoseconds) - Int64(changed.nanoseconds)
      if age > 20_000_000 { break }
      _ = StopSignal().wait(for: .milliseconds(20))
      found = try metadata()
    }
    return found
  }
}

extension FileMetadata {
  /// Whether nothing shows that the content changed between the two.
  fileprivate func hasSameContent(as other: FileMetadata) -> Bool {
    size == other.size && modified == other.modified && changed == other.changed
      && inode == other.inode
  }
}
