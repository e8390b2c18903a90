import Machine
package import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Restores a tree of a snapshot.
///
/// The index of `repository` must be loaded. Problems with single paths are told, counted, and
/// don't end the restore.
///
/// - Parameters:
///   - request: What to restore, where, and how.
///   - repository: Where it is stored.
///   - progress: Is kept up to date.
///   - onEvent: Called from several threads.
/// - Returns: What was done. It is a whole restore only when it counts no problems.
/// - Throws: ``RestoreError`` when nothing can be restored, or no more; ``RepositoryError`` when
///   the root tree can't be read; ``Interrupted``.
package func restore(
  _ request: RestoreRequest,
  from repository: Repository,
  progress: RestoreProgress = RestoreProgress(),
  onEvent: @escaping @Sendable (RestoreEvent) -> Void = { _ in }
) throws -> RestoreResult {
  if request.deletesOthers, request.target.lexicallyNormalized() == "/",
    !request.selection.isFiltering
  {
    throw RestoreError(
      "deleting all of / that isn't in the snapshot is refused",
      hint: "say by an include or exclude pattern what may be deleted"
    )
  }
  let tree = try repository.tree(at: request.subfolder, in: request.tree)
  let (target, place) = try openTarget(request)
  let restoration = Restoration(
    request,
    repository: repository,
    directories: DirectoryTable(root: target, path: request.target),
    progress: progress,
    onEvent: onEvent
  )
  let windows = BoundedQueue<Window>(weightMax: 1)
  let planning = WorkerThreads()
  planning.start {
    do {
      var planner = Planner(restoration) { try windows.push($0) }
      try planner.run(tree, target: place)
      windows.close()
    } catch {
      windows.fail(error)
    }
  }
  defer { planning.join() }
  do {
    while let window = try windows.pop() { try restoration.run(window) }
  } catch {
    windows.fail(error)
    throw error
  }
  return RestoreResult(counts: progress.counts)
}

/// Opens the directory to restore to; nil when a dry run would have to make it.
private func openTarget(_ request: RestoreRequest) throws -> (SharedDescriptor?, Place) {
  var place = Place(directory: DirectoryTable.root, exists: true, isNew: false)
  do {
    if (try? fileMetadata(of: request.target, followingLinks: true)) == nil {
      place.isNew = true
      if request.isDryRun {
        place.exists = false
        return (nil, place)
      }
      try makeDirectories(request.target)
    }
    let descriptor = try openDirectory(request.target)
    if !place.isNew {
      let listing = try DirectoryListing(reading: descriptor.raw, subject: request.target)
      place.isNew = listing.count == 0
    }
    return (SharedDescriptor(descriptor), place)
  } catch {
    throw RestoreError("can't restore to \(request.target)", cause: error)
  }
}

extension Repository {
  /// The tree of the directory at `path` below a root tree.
  fileprivate func tree(at path: FilePath, in root: BlobID) throws -> BlobID {
    var tree = root
    for component in path.components {
      let name = FilePath(root: nil, [component]).bytes
      guard let node = try loadTree(tree).first(where: { $0.name == name }) else {
        throw RestoreError("the snapshot has no \(path)")
      }
      guard node.type == .dir, let subtree = node.subtree else {
        throw RestoreError("\(path) is not a directory in the snapshot")
      }
      tree = subtree
    }
    return tree
  }
}
