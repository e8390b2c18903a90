import CLinux
import Glibc

/// Something that happened on a watched file system.
package struct FileEvent: Hashable, Sendable {
  /// Who did it: the process in a watch, the thread at a gate.
  package var actor: ProcessID
  /// The file, open for reading and owned by the receiver; -1 when events were lost.
  package var file: CInt
  /// Whether something was written, not only a file closed that could have been written to.
  package var isWrite: Bool
  /// Whether events were lost.
  package var isOverflow: Bool
}

/// A group that hears of changes on whole file systems.
package struct FanotifyWatch: ~Copyable {
  private let group: Descriptor

  /// Makes a group that hears of nothing yet.
  ///
  /// The corresponding C function is `fanotify_init`.
  ///
  /// - Throws: ``SystemCallError``, `.notPermitted` without privilege.
  package init() throws(SystemCallError) {
    group = Descriptor(adopting: try kernelCall("fanotify_init", "") { clinux_fanotify_watch() })
  }

  /// Begins to hear of writes, and of closed files that were open for writing.
  ///
  /// The corresponding C function is `fanotify_mark`.
  ///
  /// - Parameters:
  ///   - directory: Anywhere on the file system.
  ///   - subject: How a person would call it.
  /// - Throws: ``SystemCallError``.
  package borrowing func watch(
    fileSystemOf directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    let raw = group.raw
    try kernelCall("fanotify_mark", subject()) { clinux_fanotify_mark_changes(raw, directory) }
  }

  /// Forgets all file systems; what is queued stays.
  package borrowing func unwatch() { _ = clinux_fanotify_unmark(group.raw) }

  /// Calls `body` with every event so far and closes its file, until `body` returns false.
  package borrowing func drain(_ body: (FileEvent) -> Bool) {
    drainEvents(of: group.raw) { event in
      defer { if event.file >= 0 { close(event.file) } }
      return body(event)
    }
  }
}

/// A group that makes everybody wait who opens a file on a file system, until it is closed.
package struct FanotifyGate: ~Copyable {
  private let group: Descriptor

  /// Makes a gate that nobody has to pass yet.
  ///
  /// The corresponding C function is `fanotify_init`.
  ///
  /// - Throws: ``SystemCallError``, `.notPermitted` without privilege.
  package init() throws(SystemCallError) {
    group = Descriptor(adopting: try kernelCall("fanotify_init", "") { clinux_fanotify_gate() })
  }

  /// To be polled for openers.
  package var raw: CInt { group.raw }

  /// Stops openers on a file system from now on.
  ///
  /// The corresponding C function is `fanotify_mark`.
  ///
  /// - Parameters:
  ///   - directory: Anywhere on the file system.
  ///   - subject: How a person would call it.
  /// - Throws: ``SystemCallError``.
  package borrowing func shut(
    fileSystemOf directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    let raw = group.raw
    try kernelCall("fanotify_mark", subject()) { clinux_fanotify_mark_opens(raw, directory) }
  }

  /// Calls `body` with every new opener; it owns the file, and ``allow(_:)`` lets the opener pass.
  package borrowing func forEachOpener(_ body: (FileEvent) -> Void) {
    drainEvents(of: group.raw) { event in
      body(event)
      return true
    }
  }

  /// Lets the opener of `file` pass, and closes it.
  package borrowing func allow(_ file: CInt) {
    _ = clinux_fanotify_allow(group.raw, file)
    close(file)
  }
}

// struct fanotify_event_metadata: event_len (4), vers (1), reserved (1), metadata_len (2),
// mask (8), fd (4), pid (4).
private func drainEvents(of group: CInt, _ body: (FileEvent) -> Bool) {
  withUnsafeTemporaryAllocation(byteCount: 24 * 512, alignment: 8) { buffer in
    while true {
      let count = read(group, buffer.baseAddress, buffer.count)
      if count <= 0 { return }
      var goesOn = true
      var offset = 0
      while offset + 24 <= count {
        let mask = buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        let event = FileEvent(
          actor: buffer.loadUnaligned(fromByteOffset: offset + 20, as: Int32.self),
          file: buffer.loadUnaligned(fromByteOffset: offset + 16, as: Int32.self),
          isWrite: mask & CLINUX_FANOTIFY_MODIFY != 0,
          isOverflow: mask & CLINUX_FANOTIFY_OVERFLOW != 0
        )
        // Files of a batch that is no longer wanted still have to be closed.
        if goesOn { goesOn = body(event) } else if event.file >= 0 { close(event.file) }
        offset += Int(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      if !goesOn { return }
    }
  }
}
