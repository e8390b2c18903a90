import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

/// Keeps a lock young while work goes on.
///
/// It runs on a thread of its own: a lock is refreshed by writing a new one and removing the
/// old one.
final class LockKeeper: Sendable {
  private struct State {
    var name: String
    var refreshed = ContinuousClock.now
    var failure: RepositoryError?
  }

  private let repository: Repository
  private let kind: LockKind
  private let interruption: Interruption
  private let stopSignal = StopSignal()
  private let state: Mutex<State>

  init(
    _ repository: Repository,
    _ kind: LockKind,
    _ name: String,
    _ interruption: Interruption
  ) {
    self.repository = repository
    self.kind = kind
    self.interruption = interruption
    state = Mutex(State(name: name))
  }

  /// Why the lock is lost; nil while it is held.
  var failure: RepositoryError? { state.withLock { $0.failure } }

  /// Refreshes the lock until ``stop()``, or until it is lost.
  ///
  /// It wakes up more often than it refreshes, to see soon that the machine was suspended.
  func run() {
    let times = repository.options.lockTimes
    while !stopSignal.wait(for: times.refresh / 60) {
      let (name, last) = state.withLock { ($0.name, $0.refreshed) }
      let age = ContinuousClock.now - last
      guard age >= times.refresh else { continue }
      do {
        let new = try refreshed(name, isOverdue: age > times.giveUp)
        state.withLock { state in
          state.name = new
          state.refreshed = .now
        }
      } catch {
        // Until it is overdue, the storage may come back.
        let isHopeless = age > times.giveUp || (error as? RepositoryError).map(isLost) ?? false
        if isHopeless { return lose(because: error) }
      }
    }
  }

  func stop() { stopSignal.send() }

  /// Removes the lock.
  func release() {
    repository.removeLock(state.withLock { $0.name })
    repository.tellLockFile(nil)
  }

  /// Replaces the lock by a new one and returns its name.
  ///
  /// When ours is gone, someone took us for dead. If nobody works here who excludes us, nothing
  /// has happened; but after the time in which others rightly remove locks we can't know that.
  private func refreshed(_ old: String, isOverdue: Bool) throws -> String {
    let isThere = try exists(old)
    if !isThere && isOverdue { throw repository.failure(.lockLost) }
    var added: String?
    do {
      let new = try repository.putLock(kind)
      added = new
      if isOverdue || !isThere {
        _ = stopSignal.wait(for: repository.options.lockTimes.recheck)
        if isOverdue, try !exists(old) { throw repository.failure(.lockLost) }
      }
      if !isThere, try !repository.holders(excluding: kind, own: new).isEmpty {
        throw repository.failure(.lockLost)
      }
      repository.removeLock(old)
      return new
    } catch {
      if let added { repository.removeLock(added) }
      repository.announceLock(old)
      throw error
    }
  }

  private func exists(_ name: String) throws -> Bool {
    do {
      _ = try repository.store.size(of: ObjectName(kind: FileKind.lock.rawValue, name: name))
      return true
    } catch let error as StoreError where error.isMissing {
      return false
    }
  }

  private func isLost(_ error: RepositoryError) -> Bool { error.reason == .lockLost }

  private func lose(because cause: any Error) {
    let isOurs = (cause as? RepositoryError).map(isLost) ?? false
    let error = repository.failure(.lockLost, isOurs ? nil : cause)
    state.withLock { $0.failure = error }
    repository.isLockLost.store(true, ordering: .releasing)
    interruption.request()
  }
}
