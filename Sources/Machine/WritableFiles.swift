import CLinux
import Glibc

/// A regular file that a process can write to.
package struct WrittenFile: Sendable {
  package var key: FileKey
  /// Whether it is mapped: then it is written to without system calls.
  package var isMapped: Bool
  /// The link below `/proc` that leads to it, whatever its name is by now.
  package var link: ProcessPath
}

extension ProcessTable {
  /// Calls `body` with each regular file that `process` has open for writing, or mapped so that it
  /// can be stored to; with some of them several times.
  package func forEachWritableFile(of process: ProcessID, _ body: (WrittenFile) -> Void) {
    var threads: [ProcessID] = []
    var numbers: [ProcessID] = []
    listThreads(of: process, into: &threads)
    var compared: ProcessID?
    for thread in threads {
      // Threads share one table of files, unless they were made or have asked otherwise.
      if let compared, shareFiles(compared, thread) == true { continue }
      let path = ProcessPath(process, thread: thread, "fd")
      guard let directory = openDirectory(path) else { continue }
      listNumbers(in: directory.raw, into: &numbers)
      // A thread that has ended has no files while others of its process have.
      if !numbers.isEmpty { compared = compared ?? thread }
      for number in numbers {
        guard let file = writableFile(in: directory.raw, number), file.isRegular else { continue }
        body(
          WrittenFile(
            key: FileKey(device: file.device, inode: file.inode),
            isMapped: false,
            link: ProcessPath(process, thread: thread, "fd", number)
          )
        )
      }
    }
    _ = anySharedMapping(of: process) { mapping in
      let link = ProcessPath(process, mappingFrom: mapping.start, to: mapping.end)
      // One that was opened for writing can be made writable again without any file.
      if mapping.isWritable || linkPermissions(of: link).map({ $0 & 0o200 != 0 }) ?? true {
        let key = FileKey(device: mapping.device, inode: mapping.inode)
        body(WrittenFile(key: key, isMapped: true, link: link))
      }
      return false
    }
  }

  /// Opens for reading what a link below `/proc` leads to; the access time stays where that is
  /// allowed.
  ///
  /// - Returns: Nil when it is gone or can't be opened.
  package func openBehind(_ link: ProcessPath) -> Descriptor? {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    if let file = open(link, flags | CLINUX_O_NOATIME) { return file }
    // Only the owner and root may ask for that.
    return errno == EPERM ? open(link, flags) : nil
  }

  /// The path that a link below `/proc` shows, as its process sees it; nil when it can't be read.
  ///
  /// Only a hint: the file may have moved since.
  package func pathShown(by link: ProcessPath) -> FilePath? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = link.withCString { readlinkat(root.raw, $0, &bytes, bytes.count - 1) }
    return count <= 0 ? nil : FilePath(bytes: bytes[..<count].map { UInt8(bitPattern: $0) })
  }

  /// Whether what a link below `/proc` leads to is on an overlay file system.
  package func isOnOverlay(_ link: ProcessPath) -> Bool {
    link.withCString { clinux_is_overlay(root.raw, $0) } == 1
  }
}
