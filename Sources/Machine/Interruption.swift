import Synchronization

/// The work was told to stop, by Ctrl-C or SIGTERM.
package struct Interrupted: Error, Hashable {
  package init() {}
}

/// Whether the work was told to stop; every loop that lasts asks it.
package final class Interruption: Sendable {
  private let flag = Atomic(false)

  package init() {}

  package var isRequested: Bool { flag.load(ordering: .relaxed) }

  package func request() { flag.store(true, ordering: .relaxed) }

  /// - Throws: ``Interrupted`` once ``request()`` was called.
  package func check() throws(Interrupted) {
    if isRequested { throw Interrupted() }
  }
}
