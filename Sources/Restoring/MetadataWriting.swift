import Machine
import RepositoryFormat

extension Restoration {
  /// Gives a file that is there the owner, attributes, times and permissions of `node`.
  ///
  /// The order matters: a change of owner clears attributes and permission bits, and writing
  /// attributes changes permissions. An error in one doesn't keep the others from being tried.
  ///
  /// - Throws: The first error. Ordinary users can't give files away: that is none.
  func setMetadata(of file: FileReference, to node: Node, _ subject: () -> FilePath) throws {
    var first: (any Error)?
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch { if first == nil { first = error } }
    }
    attempt { try setOwner(of: file, to: node, subject) }
    attempt { try setAttributes(of: file, to: node, subject) }
    attempt {
      try setTimes(
        of: file,
        accessed: FileTime(node.accessed),
        modified: FileTime(node.modified),
        subject: subject()
      )
    }
    if node.type != .symlink {
      attempt {
        try setPermissions(of: file, to: permissions(fromGo: node.mode), subject: subject())
      }
    }
    if let first { throw first }
  }

  private func setOwner(
    of file: FileReference,
    to node: Node,
    _ subject: () -> FilePath
  ) throws {
    let owner = owners.owner(of: node)
    do {
      try Machine.setOwner(
        of: file,
        userID: owner.userID,
        groupID: owner.groupID,
        subject: subject()
      )
    } catch {
      // As tar and restic: who isn't root gets what they may have.
      if isPrivileged || !error.isRefusal { throw error }
    }
  }

  private func setAttributes(
    of file: FileReference,
    to node: Node,
    _ subject: () -> FilePath
  ) throws {
    let present = try attributes(of: file, subject)
    for wanted in node.attributes where request.takesAttribute(wanted.name) {
      if present.contains(where: { $0.name == wanted.name && $0.value == wanted.value }) {
        continue
      }
      try changingAttributes { () throws(SystemCallError) in
        try setExtendedAttribute(
          FileName(wanted.name),
          to: wanted.value,
          of: file,
          subject: subject()
        )
      }
    }
    // The kernel labels every file itself where SELinux rules.
    let kept = Array("security.selinux".utf8)
    for attribute in present
    where attribute.name != kept && request.takesAttribute(attribute.name) {
      if node.attributes.contains(where: { $0.name == attribute.name }) { continue }
      try changingAttributes { () throws(SystemCallError) in
        try removeExtendedAttribute(FileName(attribute.name), of: file, subject: subject())
      }
    }
  }

  private func attributes(
    of file: FileReference,
    _ subject: () -> FilePath
  ) throws(SystemCallError) -> [ExtendedAttribute] {
    switch file {
    case .descriptor(let raw):
      try ExtendedAttributes(in: raw, nil, subject: subject()).attributes
    case .name(let name, let directory):
      try name.withCString { (name) throws(SystemCallError) in
        try ExtendedAttributes(in: directory, name, subject: subject()).attributes
      }
    }
  }

  /// Runs `body`; what the file system or the kernel doesn't allow anyone or us is said once.
  private func changingAttributes(_ body: () throws(SystemCallError) -> Void) throws {
    do {
      try body()
    } catch {
      if error.errno == .notSupported {
        warnOnce("the target's file system doesn't store all extended attributes")
      } else if !isPrivileged && error.isRefusal {
        warnOnce("some extended attributes can only be changed by root")
      } else if error.errno == .noSpace {
        // File systems limit the attributes of each file; other files may do with that.
        throw RestoreError("no room for all extended attributes of the file", cause: error)
      } else {
        throw error
      }
    }
  }
}

extension SystemCallError {
  /// Whether the kernel said that we may not.
  var isRefusal: Bool { errno == .notPermitted || errno == .permissionDenied }
}

extension FileTime {
  init(_ time: NodeTime) {
    self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
  }
}
