import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// One running restore: what all its parts share.
final class Restoration: Sendable {
  let request: RestoreRequest
  let repository: Repository
  let directories: DirectoryTable
  let progress: RestoreProgress
  let workers: Int
  let isPrivileged: Bool
  let openFiles = OpenFiles()
  let owners: Owners

  private let onEvent: @Sendable (RestoreEvent) -> Void
  private let mayDelete = Atomic(true)
  private let warnings = Mutex<Set<String>>([])
  /// Files with several names whose content is not complete.
  private let broken = Mutex<Set<LinkSource>>([])

  init(
    _ request: RestoreRequest,
    repository: Repository,
    directories: DirectoryTable,
    progress: RestoreProgress,
    onEvent: @escaping @Sendable (RestoreEvent) -> Void
  ) {
    self.request = request
    self.repository = repository
    self.directories = directories
    self.progress = progress
    self.onEvent = onEvent
    workers = request.workers ?? max(2, Host.processorCount)
    isPrivileged = isRoot
    owners = Owners(byName: request.ownsByName)
  }

  /// Whether entries that aren't in the snapshot are removed.
  var deletes: Bool { request.deletesOthers && mayDelete.load(ordering: .relaxed) }

  /// From now on nothing is removed: the snapshot can't be trusted to say what belongs.
  func forbidDeleting() { mayDelete.store(false, ordering: .relaxed) }

  func report(
    _ action: RestoreAction,
    _ directory: DirectoryIndex,
    _ name: FileName?,
    size: UInt64 = 0
  ) {
    guard request.reportsItems else { return }
    let path =
      action == .deleted
      ? directories.fileSystemPath(of: directory, name)
      : directories.location(of: directory, name)
    onEvent(.item(action, path: path, size: size))
  }

  /// Tells of a path that could not be restored, and goes on.
  ///
  /// - Throws: `error` when going on makes no sense: no other path could be restored either.
  func failed(_ directory: DirectoryIndex, _ name: FileName? = nil, _ error: any Error) throws {
    try failed(at: directories.location(of: directory, name), error)
  }

  /// Tells of a path within what is restored.
  ///
  /// - Throws: As ``failed(_:_:_:)``.
  func failed(at path: FilePath, _ error: any Error) throws {
    if error is Interrupted { throw error }
    if let call = error as? SystemCallError, let ending = endingError(call) { throw ending }
    progress.failed()
    onEvent(.problem(RestoreProblem(path: path, cause: error)))
  }

  /// Notes that other names of this file would not have its content either.
  func noteBroken(_ source: LinkSource) { broken.withLock { _ = $0.insert(source) } }

  func isBroken(_ source: LinkSource) -> Bool { broken.withLock { $0.contains(source) } }

  /// Says `text` unless it was said before.
  func warnOnce(_ text: String) {
    if warnings.withLock({ $0.insert(text).inserted }) { onEvent(.warning(text)) }
  }

  private func endingError(_ call: SystemCallError) -> RestoreError? {
    switch call.errno {
    case .noSpace, .diskQuotaExceeded:
      RestoreError(
        "no room left at \(directories.rootPath)",
        cause: call,
        hint: "make room there and restore again: what is complete is not written twice"
      )
    case .readOnlyFileSystem:
      RestoreError(
        "can't write to \(directories.rootPath)",
        cause: call,
        hint: "mount it writable, or choose another target"
      )
    default: nil
    }
  }
}
