import Machine

/// Gives a copy the owner, attributes, times and permissions of its source, as far as we may.
///
/// The order matters: a change of owner clears attributes and permission bits, and writing
/// attributes changes permissions.
///
/// - Parameters:
///   - source: Open for reading.
///   - metadata: What the source was.
///   - target: Open for writing, ours.
///   - subject: The copy, for what is returned.
/// - Returns: What could not be copied, as sentences without a period.
func copyMetadata(
  of source: CInt,
  _ metadata: FileMetadata,
  to target: CInt,
  _ subject: FilePath
) -> [String] {
  var problems: [String] = []
  func attempt(_ body: () throws(SystemCallError) -> Void) {
    do {
      try body()
    } catch {
      problems.append("\(error)")
    }
  }
  let isOwned = copyOwner(of: metadata, to: target, subject)
  if !isOwned && isRoot { problems.append("the owner of \(subject) could not be set") }
  problems += copyAttributes(of: source, to: target, subject)
  attempt { () throws(SystemCallError) in
    try setTimes(
      of: .descriptor(target),
      accessed: metadata.accessed,
      modified: metadata.modified,
      subject: subject
    )
  }
  // Nobody gets the rights of a user whom the file doesn't belong to.
  let permissions = metadata.mode & (isOwned ? 0o7777 : 0o1777)
  attempt { () throws(SystemCallError) in
    try setPermissions(of: .descriptor(target), to: permissions, subject: subject)
  }
  return problems
}

/// Whether the copy has both the user and the group of the source now.
private func copyOwner(of metadata: FileMetadata, to target: CInt, _ subject: FilePath) -> Bool {
  let unchanged = UInt32.max
  for user in [metadata.userID, unchanged] {
    // Who may not give a file away may still choose among their own groups.
    try? setOwner(
      of: .descriptor(target),
      userID: user,
      groupID: metadata.groupID,
      subject: subject
    )
    guard let found = try? fileMetadata(in: target, subject: subject) else { continue }
    if found.userID == metadata.userID && found.groupID == metadata.groupID { return true }
  }
  return false
}

private func copyAttributes(
  of source: CInt,
  to target: CInt,
  _ subject: FilePath
) -> [String] {
  do {
    let wanted = try ExtendedAttributes(in: source, nil, subject: subject)
    let present = try ExtendedAttributes(in: target, nil, subject: subject)
    var problems = wanted.unreadable.map { "\($0)" }
    for attribute in wanted.attributes where !present.attributes.contains(attribute) {
      do throws(SystemCallError) {
        let name = FileName(attribute.name)
        try setExtendedAttribute(
          name,
          to: attribute.value,
          of: .descriptor(target),
          subject: subject
        )
      } catch {
        let name = String(decoding: attribute.name, as: UTF8.self)
        problems.append("the attribute \(name) could not be set: \(error)")
      }
    }
    // Such as what the directory hands down; SELinux labels every file itself.
    for attribute in present.attributes where !attribute.name.elementsEqual("security.selinux".utf8)
    {
      if wanted.attributes.contains(where: { $0.name == attribute.name }) { continue }
      let name = FileName(attribute.name)
      try? removeExtendedAttribute(name, of: .descriptor(target), subject: subject)
    }
    return problems
  } catch {
    return ["\(error)"]
  }
}
