import Machine
import RepositoryEngine
import RepositoryFormat

extension Planner {
  /// Decides what is done with an entry that is no directory.
  ///
  /// - Throws: What ends the restore; other errors are told.
  mutating func plan(_ node: Node, _ name: FileName, in place: Place) throws {
    do {
      let existing = try restoration.existing(name, in: place)
      guard mayWrite(node, over: existing) else {
        skip(node, name, in: place)
        return
      }
      if let source = links.source(of: node, directories) {
        restoration.progress.found()
        let link = PlannedLink(
          directory: place.directory,
          name: name,
          source: source
        )
        window.links.append(link)
        return
      }
      try append(node, name, in: place, existing)
      links.add(node, LinkSource(directory: place.directory, name: name), directories)
    } catch {
      try fail(error)
    }
  }

  private mutating func append(
    _ node: Node,
    _ name: FileName,
    in place: Place,
    _ existing: FileMetadata?
  ) throws {
    switch node.type {
    case .file:
      let file = try plannedFile(node, name, place.directory, existing)
      window.blobCount += file.blobs.count
      if existing?.type == .regular {
        window.existing.append(file)
      } else {
        restoration.progress.found(bytes: file.size)
        window.fresh.append(file)
      }
    case .symlink, .fifo, .dev, .chardev:
      restoration.progress.found()
      window.specials.append(
        PlannedNode(directory: place.directory, name: name, node: node)
      )
    case .dir, .socket, .irregular:
      throw RestoreError("an entry of the type \(node.type.rawValue) can't be restored")
    }
  }

  private func plannedFile(
    _ node: Node,
    _ name: FileName,
    _ directory: DirectoryIndex,
    _ existing: FileMetadata?
  ) throws -> PlannedFile {
    guard let content = node.content else {
      throw RestoreError("the snapshot doesn't say what is in this file")
    }
    var blobs: [PlannedBlob] = []
    blobs.reserveCapacity(content.count)
    var size: UInt64 = 0
    for id in content {
      guard let location = restoration.repository.location(.data, id) else {
        throw RestoreError(
          "the repository doesn't hold the blob \(id.digest.hex), a part of this file"
        )
      }
      blobs.append(PlannedBlob(id: id, location: location, offset: size))
      size += UInt64(location.plainSize)
    }
    var node = node
    node.content = nil
    return PlannedFile(
      directory: directory,
      name: name,
      node: node,
      blobs: blobs,
      size: size,
      existing: existing
    )
  }

  private func mayWrite(_ node: Node, over existing: FileMetadata?) -> Bool {
    guard let existing else { return true }
    switch request.overwrite {
    case .always, .ifChanged: return true
    case .ifNewer: return FileTime(node.modified) > existing.modified
    case .never: return false
    }
  }

  private func skip(_ node: Node, _ name: FileName, in place: Place) {
    // The content of further names is counted with the first.
    let size = node.type == .file && !links.hasSource(of: node) ? node.size : 0
    restoration.progress.skipped(bytes: size)
    restoration.report(.unchanged, place.directory, name, size: size)
  }
}
