package import Machine
package import Viewing

/// A program of others that is to run in the still tree, and how.
package struct Invitation: Sendable {
  /// The program, looked up in `PATH`, and its arguments; not empty.
  package var words: [[UInt8]]
  /// Set for it besides what we have.
  package var environment: [String: String] = [:]
  /// What users named, without symbolic links.
  package var sources: [FilePath]
  /// What stays as it is below frozen pieces, without symbolic links.
  package var kept: [FilePath] = []

  package init(words: [[UInt8]], sources: [FilePath]) {
    precondition(!words.isEmpty, "a guest has a name")
    self.words = words
    self.sources = sources
  }

  var program: FilePath { FilePath(bytes: words[0]) }
}

/// How a guest ended.
package struct GuestEnd: Hashable, Sendable {
  /// Its exit status, or 128 and the signal that ended it.
  package var status: Int32
  /// What it had left running, which was ended too.
  package var left: [ProcessID]
}

/// Runs a program of others in the still tree: it sees the frozen pieces at their paths.
///
/// All of our streams, our terminal, limits and environment are its own, and signals sent to us
/// are passed on to it. Whatever it starts and leaves is ended after it.
///
/// - Parameters:
///   - invitation: What to run.
///   - view: What it sees.
///   - interruption: Ends it before it began.
///   - whenMounted: Called with its process and mounts before it begins.
/// - Returns: How it ended.
/// - Throws: ``GuestError``, ``Interrupted``, ``SystemCallError``, and what `whenMounted` throws.
package func runGuest(
  _ invitation: Invitation,
  in view: View,
  interruption: Interruption,
  whenMounted: (ProcessID, MountNamespace) throws -> Void
) throws -> GuestEnd {
  let signals = try TakenSignals()
  try interruption.check()
  var guest = try GuestProcess.start(GuestOrder(invitation, view))
  switch try guest.reply(passing: signals) {
  case .mounted: break
  case .notMounted(let reason):
    throw GuestError(.notMounted, invitation.program, cause: Told(description: reason))
  case .notExecuted, nil:
    // Ended from outside, as by Ctrl-C.
    return GuestEnd(status: guest.wait(passing: signals), left: [])
  }
  let namespace = try MountNamespace(of: guest.number)
  try whenMounted(guest.number, namespace)
  try guest.goOn()
  if case .notExecuted(let errno)? = try guest.reply(passing: signals) {
    let isMissing = errno == .noSuchFileOrDirectory
    throw GuestError(isMissing ? .notFound : .notExecutable, invitation.program, cause: errno)
  }
  let status = guest.wait(passing: signals)
  return GuestEnd(status: status, left: namespace.endProcesses(grace: .seconds(1)))
}

extension GuestOrder {
  fileprivate init(_ invitation: Invitation, _ view: View) {
    main = Host.processID
    pieces = view.roots.filter(\.isFrozen).map { root in
      Piece(
        path: root.path,
        directory: root.directory.raw,
        entry: root.entry,
        mount: root.mount?.raw ?? -1,
        isSource: invitation.sources.contains(root.path)
      )
    }
    live = view.roots.filter { !$0.isFrozen }.map(\.path)
    kept = invitation.kept
    workingDirectory = try? Machine.workingDirectory()
    environment = invitation.environment
    ignoredSignals = ProcessSignals.inherited.ignored
    descriptorLimit = inheritedDescriptorLimit
    words = invitation.words
  }
}

extension ViewRoot {
  fileprivate var isFrozen: Bool { if case .frozen = kind { true } else { false } }
}
