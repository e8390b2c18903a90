import CLinux
import Glibc

/// A change of names, attributes or sizes on a watched file system.
package struct NameEvent: Hashable, Sendable {
  /// The process that did it.
  package var actor: ProcessID
  /// Of btrfs, the id of the subvolume that it was done in.
  package var subvolume: UInt64?
  /// Whether events were lost.
  package var isOverflow: Bool
}

/// A group that hears on whole file systems of what needs no open file: making, renaming and
/// removing names, changing attributes, and cutting files by their path.
package struct FanotifyNameWatch: ~Copyable {
  private let group: Descriptor

  /// Makes a group that hears of nothing yet.
  ///
  /// The corresponding C function is `fanotify_init` with `FAN_REPORT_FID`.
  ///
  /// - Throws: ``SystemCallError``, `.notPermitted` without privilege.
  package init() throws(SystemCallError) {
    group = Descriptor(
      adopting: try kernelCall("fanotify_init", "") { clinux_fanotify_name_watch() }
    )
  }

  /// Begins to hear of changes.
  ///
  /// The corresponding C function is `fanotify_mark`.
  ///
  /// - Parameters:
  ///   - directory: Anywhere on the file system; before Linux 6.8, of btrfs in its top level.
  ///   - subject: How a person would call it.
  /// - Throws: ``SystemCallError``; `.notSupported` or `.noDevice` where files have no handles.
  package borrowing func watch(
    fileSystemOf directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    let raw = group.raw
    try kernelCall("fanotify_mark", subject()) { clinux_fanotify_mark_names(raw, directory) }
  }

  /// Forgets all file systems and everything that was heard.
  package borrowing func unwatch() {
    _ = clinux_fanotify_unmark(group.raw)
    drain { _ in }
  }

  /// Calls `body` with every event so far.
  package borrowing func drain(_ body: (NameEvent) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
      while true {
        let count = read(group.raw, buffer.baseAddress, buffer.count)
        if count <= 0 { return }
        var offset = 0
        while offset + 24 <= count {
          let length = Int(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
          body(
            NameEvent(parsing: UnsafeRawBufferPointer(rebasing: buffer[offset...].prefix(length)))
          )
          offset += max(length, 24)
        }
      }
    }
  }
}

extension NameEvent {
  /// `file_handle::handle_type` of btrfs, without and with the parent.
  private static let btrfsHandles: Set<Int32> = [0x4d, 0x4e, 0x4f]

  // struct fanotify_event_metadata (24), then struct fanotify_event_info_fid: type (1), pad (1),
  // len (2), fsid (8), handle_bytes (4), handle_type (4), and of btrfs objectid (8),
  // root_objectid (8).
  fileprivate init(parsing event: UnsafeRawBufferPointer) {
    let mask = event.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    actor = event.loadUnaligned(fromByteOffset: 20, as: Int32.self)
    isOverflow = mask & CLINUX_FANOTIFY_OVERFLOW != 0
    if event.count >= 24 + 36, event[24] == 1,
      Self.btrfsHandles.contains(event.loadUnaligned(fromByteOffset: 24 + 16, as: Int32.self))
    {
      subvolume = event.loadUnaligned(fromByteOffset: 24 + 28, as: UInt64.self)
    }
  }
}
