import Machine
import RepositoryFormat

extension Restoration {
  /// Makes a symbolic link, a fifo or a device node in the place of whatever stands there.
  ///
  /// - Throws: What ends the restore; other errors are told.
  func makeSpecial(_ planned: PlannedNode) throws {
    do {
      let directory = try directories.descriptor(of: planned.directory)
      let subject = { self.directories.fileSystemPath(of: planned.directory, planned.name) }
      if try !succeeds({ () throws(SystemCallError) in
        try make(planned, in: directory.raw, subject)
      }) {
        try clear(directory.raw, planned.directory, planned.name)
        try make(planned, in: directory.raw, subject)
      }
      try setMetadata(
        of: .name(planned.name, directory: directory.raw),
        to: planned.node,
        subject
      )
      progress.restored()
      report(.restored, planned.directory, planned.name)
    } catch {
      try failed(planned.directory, planned.name, error)
    }
  }

  private func make(
    _ planned: PlannedNode,
    in directory: CInt,
    _ subject: () -> FilePath
  ) throws(SystemCallError) {
    let node = planned.node
    let type: UInt32
    switch node.type {
    case .symlink:
      try makeSymbolicLink(
        in: directory,
        planned.name,
        to: FileName(node.linkTarget),
        subject: subject()
      )
      return
    case .dev: type = 0o060000
    case .chardev: type = 0o020000
    default: type = 0o010000
    }
    try makeSpecialFile(
      in: directory,
      planned.name,
      mode: type | 0o600,
      device: node.device,
      subject: subject()
    )
  }

  /// Gives a restored file another name, in the place of whatever stands there.
  ///
  /// - Throws: What ends the restore; other errors are told.
  func makeLink(_ link: PlannedLink) throws {
    defer { directories.release(link.source.directory) }
    do {
      if isBroken(link.source) {
        let other = directories.location(of: link.source.directory, link.source.name)
        throw RestoreError("this is another name of \(other), which could not be restored")
      }
      let directory = try directories.descriptor(of: link.directory)
      let source = try directories.descriptor(of: link.source.directory)
      func make() throws(SystemCallError) {
        try makeHardLink(
          in: directory.raw,
          link.name,
          to: link.source.name,
          in: source.raw,
          subject: directories.fileSystemPath(of: link.directory, link.name)
        )
      }
      if try !succeeds(make), try !isSameFile(link, directory.raw, source.raw) {
        try clear(directory.raw, link.directory, link.name)
        try make()
      }
      progress.restored()
      report(.restored, link.directory, link.name)
    } catch {
      try failed(link.directory, link.name, error)
    }
  }

  /// Runs `body`; false when something is in its way.
  private func succeeds(
    _ body: () throws(SystemCallError) -> Void
  ) throws(SystemCallError) -> Bool {
    do {
      try body()
      return true
    } catch {
      if error.errno == .fileExists { return false }
      throw error
    }
  }

  private func isSameFile(
    _ link: PlannedLink,
    _ directory: CInt,
    _ source: CInt
  ) throws(SystemCallError) -> Bool {
    let path = directories.fileSystemPath(of: link.directory, link.name)
    let here = try fileMetadata(in: directory, link.name, subject: path)
    let there = try fileMetadata(in: source, link.source.name, subject: path)
    return here.inode == there.inode && here.device == there.device
  }
}
