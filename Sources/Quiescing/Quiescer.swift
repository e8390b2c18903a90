package import Machine

/// What an application is, and where.
package struct Application: Hashable, Sendable {
  /// As people call it, such as `SQLite`.
  package var kind: String
  /// The file or folder by which people know it.
  package var path: FilePath
  /// Whether it is at a clean point when it is held; a program that is only stopped isn't.
  package var hasCleanPoint = true

  package init(kind: String, path: FilePath, hasCleanPoint: Bool = true) {
    self.kind = kind
    self.path = path
    self.hasCleanPoint = hasCleanPoint
  }
}

/// An application that can be brought to a clean point by its own means, and held there.
///
/// For each try to reach an instant there is a new one, and its calls come in this order, one at a
/// time: ``prepare()``, ``hold(until:)``, ``confirm()``, ``release()``. The last may come from
/// another thread: when `--hold-max` is over, whatever the others do.
///
/// What it holds must end by itself with this process: a lock, a connection, a pipe. What doesn't,
/// such as a frozen cgroup, is recorded with the keeper before it is held.
package protocol Quiescer: AnyObject, Sendable {
  var application: Application { get }

  /// Whether it can be let go while its processes stand still: then it is, right after the volume
  /// snapshots were taken. A server must run again to be told anything.
  var releasesInPause: Bool { get }

  /// Why it can't be held where it is, as far as that is known without trying; nil when it may be.
  var refusal: String? { get }

  /// Does what takes long: connects, opens, has written out what is in memory.
  ///
  /// Outside the pause, and nobody is held yet.
  ///
  /// - Throws: Why it can't be held, as ``QuiesceError`` or any other error.
  func prepare() throws

  /// Brings it to a clean point, and keeps it there.
  ///
  /// - Parameter deadline: Later than that nobody waits for it.
  /// - Throws: Why it isn't held; it is as before then. ``ApplicationGone`` when there is nothing
  ///   to hold any more.
  func hold(until deadline: ContinuousClock.Instant) throws

  /// Makes sure that it was held until now; called while it is, after the volume snapshots.
  ///
  /// - Throws: Why it wasn't.
  func confirm() throws

  /// Lets it go, and closes everything. It can be called at any time, and twice.
  func release()

  /// What went wrong when it was let go; nil when nothing did.
  var complaint: String? { get }
}

extension Quiescer {
  /// Most are only known by trying.
  package var refusal: String? { nil }

  /// Most holds can't be lost unnoticed.
  package func confirm() throws {}

  /// Most are let go by closing something.
  package var complaint: String? { nil }
}

/// One that is held by trying again and again: many of them are tried in turns, so that one that
/// can't be had doesn't keep the others.
package protocol PolledQuiescer: Quiescer {
  /// Tries once, without waiting for anybody.
  ///
  /// - Returns: Whether it is held; otherwise it may be the next time.
  /// - Throws: Why it can't be held, however often it is tried.
  func tryToHold() throws -> Bool

  /// Lets it go so that it can be held again.
  func letGo()

  /// What was in the way when it was last tried.
  var obstacle: String { get }
}

extension PolledQuiescer {
  package func hold(until deadline: ContinuousClock.Instant) throws {
    var isHeld = false
    var failure: (any Error)?
    poll(until: deadline) {
      do {
        isHeld = try tryToHold()
      } catch {
        failure = error
      }
      return isHeld || failure != nil
    }
    if let failure { throw failure }
    if !isHeld { throw QuiesceError(obstacle) }
  }
}
