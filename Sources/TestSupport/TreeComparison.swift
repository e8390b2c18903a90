package import Machine

/// Something that two trees are compared by.
package enum TreeAspect: CaseIterable, Hashable, Sendable {
  case permissions, owner, modificationTimes, content, attributes, hardLinks, devices
}

/// How two directories differ, one line per difference, in the order of the names; empty when
/// what is in them is the same.
///
/// The two directories' own metadata isn't compared. Nothing is looked up twice by its path, and
/// no link is followed.
///
/// - Parameters:
///   - left: What is expected.
///   - right: What is there.
///   - aspects: By what they are compared, besides names, types and targets of links.
/// - Returns: The differences.
/// - Throws: ``SystemCallError`` when something can't be read.
package func treeDifferences(
  _ left: FilePath,
  _ right: FilePath,
  by aspects: Set<TreeAspect> = Set(TreeAspect.allCases)
) throws -> [String] {
  raiseDescriptorLimit(to: 1 << 20)
  var comparison = TreeComparison(aspects: aspects)
  comparison.pending = [
    DirectoryPair(
      left: SharedDescriptor(try openDirectory(left)),
      right: SharedDescriptor(try openDirectory(right)),
      path: ""
    )
  ]
  while let pair = comparison.pending.popLast() { try comparison.compare(pair) }
  return comparison.differences
}

private struct DirectoryPair {
  let left: SharedDescriptor
  let right: SharedDescriptor
  let path: String
}

/// Two files with the same name.
private struct FilePair {
  let directories: DirectoryPair
  let name: FileName
  let path: String
  let left: FileMetadata
  let right: FileMetadata

  var subject: FilePath { FilePath(path) }
}

private struct Inode: Hashable {
  let number: UInt64
  let device: UInt64

  init(_ metadata: FileMetadata) {
    number = metadata.inode
    device = metadata.device
  }
}

private struct TreeComparison {
  let aspects: Set<TreeAspect>
  var pending: [DirectoryPair] = []
  var differences: [String] = []
  /// Which file of one side has the names of a file of the other.
  var partners: [Inode: Inode] = [:]

  init(aspects: Set<TreeAspect>) { self.aspects = aspects }

  mutating func compare(_ pair: DirectoryPair) throws {
    let path = FilePath(pair.path)
    let left = try DirectoryListing(reading: pair.left.raw, subject: path)
    let right = try DirectoryListing(reading: pair.right.raw, subject: path)
    let names = (0..<left.count).map { left.name(at: $0) }
    let others = Set((0..<right.count).map { right.name(at: $0) })
    for name in others.subtracting(names).sorted() { note(pair.path, name, "is only right") }
    for name in names {
      if others.contains(name) {
        try compare(name, in: pair)
      } else {
        note(pair.path, name, "is only left")
      }
    }
  }

  private mutating func note(_ directory: String, _ name: FileName, _ what: String) {
    differences.append("\(directory)/\(name.text) \(what)")
  }

  private mutating func compare(_ name: FileName, in directories: DirectoryPair) throws {
    let path = "\(directories.path)/\(name.text)"
    let files = FilePair(
      directories: directories,
      name: name,
      path: path,
      left: try fileMetadata(in: directories.left.raw, name, subject: FilePath(path)),
      right: try fileMetadata(in: directories.right.raw, name, subject: FilePath(path))
    )
    guard files.left.type == files.right.type else {
      differences.append("\(path) is a \(files.left.type), not a \(files.right.type)")
      return
    }
    compareMetadata(files)
    if aspects.contains(.attributes) { try compareAttributes(files) }
    switch files.left.type {
    case .directory:
      pending.append(
        DirectoryPair(
          left: SharedDescriptor(
            try openDirectory(in: directories.left.raw, name, subject: files.subject)
          ),
          right: SharedDescriptor(
            try openDirectory(in: directories.right.raw, name, subject: files.subject)
          ),
          path: path
        )
      )
    case .symbolicLink:
      try compareTargets(files)
    case .regular where aspects.contains(.content):
      try compareContent(files)
    default: break
    }
  }

  private mutating func compareMetadata(_ files: FilePair) {
    let (left, right) = (files.left, files.right)
    check(.permissions, files, String(left.mode, radix: 8), String(right.mode, radix: 8))
    check(
      .owner,
      files,
      "\(left.userID):\(left.groupID)",
      "\(right.userID):\(right.groupID)"
    )
    check(
      .modificationTimes,
      files,
      "\(left.modified.seconds).\(left.modified.nanoseconds)",
      "\(right.modified.seconds).\(right.modified.nanoseconds)"
    )
    if left.type == .regular { check(.content, files, "\(left.size)", "\(right.size)") }
    if left.type == .blockDevice || left.type == .characterDevice {
      check(.devices, files, "\(left.specialDevice)", "\(right.specialDevice)")
    }
    guard left.type != .directory, aspects.contains(.hardLinks) else { return }
    check(.hardLinks, files, "\(left.links)", "\(right.links)")
    let partner = partners[Inode(left), default: Inode(right)]
    partners[Inode(left)] = partner
    if partner != Inode(right) { differences.append("\(files.path) has other names") }
  }

  private mutating func check(
    _ aspect: TreeAspect,
    _ files: FilePair,
    _ left: String,
    _ right: String
  ) {
    if aspects.contains(aspect), left != right {
      differences.append("\(files.path) \(aspect): \(left), not \(right)")
    }
  }

  private mutating func compareAttributes(_ files: FilePair) throws {
    func attributes(_ directory: SharedDescriptor) throws -> Set<ExtendedAttribute> {
      try files.name.withCString { name in
        Set(
          try ExtendedAttributes(in: directory.raw, name, subject: files.subject).attributes
        )
      }
    }
    let left = try attributes(files.directories.left)
    let right = try attributes(files.directories.right)
    for attribute in left.symmetricDifference(right) {
      let name = String(decoding: attribute.name, as: UTF8.self)
      differences.append(
        "\(files.path) attribute \(name) \(left.contains(attribute) ? "left" : "right")"
      )
    }
  }

  private mutating func compareTargets(_ files: FilePair) throws {
    let left = try files.name.withCString {
      try linkTarget(in: files.directories.left.raw, $0, subject: files.subject)
    }
    let right = try files.name.withCString {
      try linkTarget(in: files.directories.right.raw, $0, subject: files.subject)
    }
    if left != right { differences.append("\(files.path) points elsewhere") }
  }

  private mutating func compareContent(_ files: FilePair) throws {
    if files.left.size != files.right.size { return }
    let left = try openFile(
      in: files.directories.left.raw,
      files.name,
      .reading,
      subject: files.subject
    )
    let right = try openFile(
      in: files.directories.right.raw,
      files.name,
      .reading,
      subject: files.subject
    )
    let first = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    let second = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer {
      first.deallocate()
      second.deallocate()
    }
    var offset: UInt64 = 0
    while offset < files.left.size {
      let count = try read(into: first, from: left.raw, at: offset, subject: files.subject)
      let other = try read(into: second, from: right.raw, at: offset, subject: files.subject)
      let isSame =
        count == other
        && compareBytes(
          UnsafeRawBufferPointer(rebasing: first[..<count]),
          UnsafeRawBufferPointer(rebasing: second[..<count])
        ) == 0
      if !isSame || count == 0 {
        differences.append("\(files.path) content differs in the MiB from \(offset)")
        return
      }
      offset += UInt64(count)
    }
  }
}
