import CMount
package import Machine
package import RepositoryEngine
import Synchronization

/// How a repository is shown.
package struct MountOptions: Hashable, Sendable {
  /// Which snapshots.
  package var filter = SnapshotFilter()
  /// Everything belongs to root.
  package var ownerIsRoot = false
  /// Others than who mounts may look.
  package var allowsOthers = false
  /// The kernel compares owners and permissions when others may look.
  package var checksPermissions = true
  package var pathTemplates = SnapshotFolders.defaultTemplates
  package var timeLayout = GoTimeLayout.rfc3339

  package init() {}

  /// As libfuse takes them; `name` says what is mounted.
  func text(_ name: String) -> String {
    var text = "ro,fsname=\(name)"
    if allowsOthers { text += ",allow_other" }
    if allowsOthers && checksPermissions { text += ",default_permissions" }
    return text
  }
}

/// Shows a repository's snapshots as folders at `path`, until somebody unmounts it or stops us.
///
/// - Parameters:
///   - repository: Opened and locked; its index is loaded here.
///   - path: An empty folder.
///   - options: What is shown, and how.
///   - interruption: Unmounts, even while files are in use.
///   - onReady: Called once everything can be seen.
/// - Throws: ``MountError``, ``RepositoryError``, ``StoreError``, ``Interrupted``.
package func mount(
  _ repository: Repository,
  at path: FilePath,
  _ options: MountOptions,
  interruption: Interruption,
  onReady: () -> Void
) throws {
  let mounted = try MountedSnapshots(repository, options, interruption)
  try interruption.check()
  let answers = UnsafeMutablePointer<mount_answers>.allocate(capacity: 1)
  answers.initialize(to: Answers.table)
  defer { answers.deallocate() }
  let context = Unmanaged.passRetained(mounted)
  defer { context.release() }
  let name = "restic:\(repository.id.prefix(10))"
  var session: OpaquePointer?
  let result = path.withCString { path in
    mount_begin(path, options.text(name), answers, context.toOpaque(), &session)
  }
  guard result == 0, let session else {
    let errno = Errno(rawValue: -result)
    let cause = SystemCallError(call: "mount", subject: path, errno: errno)
    throw MountError(.notMounted(path: path.string), cause: cause)
  }
  defer { mount_free(session) }
  onReady()
  serve(MountSession(pointer: session), interruption)
}

/// `@unchecked Sendable`: libfuse lets several threads use a session.
private struct MountSession: @unchecked Sendable {
  let pointer: OpaquePointer
}

private func serve(_ session: MountSession, _ interruption: Interruption) {
  let isOver = StopSignal()
  let threads = WorkerThreads()
  for _ in 0..<max(4, Host.processorCount) {
    threads.start {
      _ = mount_serve(session.pointer)
      isOver.send()
    }
  }
  while !interruption.isRequested, !isOver.wait(for: .milliseconds(50)) {}
  mount_end(session.pointer)
  threads.join()
}
