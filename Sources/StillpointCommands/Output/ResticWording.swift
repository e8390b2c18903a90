import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat

/// An error as restic words it, because people and programs look for these words.
struct Restated: ExplainedError {
  let description: String
  let hint: String?
  let cause: (any Error)?
}

/// Runs `body`, and says of an error what was attempted.
func explaining<Value>(_ attempt: String, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch {
    throw Restated(description: attempt, hint: nil, cause: error)
  }
}

/// Returns `error` in restic's words where restic has some.
func restated(_ error: any Error) -> any Error {
  if let error = error as? StoreLocationError { return restated(error) }
  guard let error = error as? RepositoryError else { return error }
  switch error.reason {
  case .noRepository:
    let isMissing = (error.cause as? StoreError)?.isMissing == true
    let reason = isMissing ? ": stat \(error.location)/config: no such file or directory" : ""
    return Restated(
      description: "repository does not exist: unable to open config file\(reason)",
      hint: "Is there a repository at the following location?\n\(error.location)",
      cause: isMissing ? nil : error.cause
    )
  case .alreadyInitialized:
    return Restated(description: "config file already exists", hint: nil, cause: error.cause)
  case .wrongPassword(let damaged):
    let names = damaged.map { "key \($0)" }.joined(separator: ", ")
    return Restated(
      description: "wrong password or no key found",
      hint: damaged.isEmpty ? nil : "damaged, and so not tried: \(names)",
      cause: nil
    )
  case .noKey:
    return Restated(
      description: "wrong password or no key found",
      hint: error.description,
      cause: nil
    )
  case .locked(let holders):
    let exclusively = holders.first?.lock.exclusive == true ? " exclusively" : ""
    return Restated(
      description: "unable to create lock in backend: repository is already locked\(exclusively)"
        + holders.prefix(1).map { " \(describe($0))" }.joined(),
      hint: "the `unlock` command can be used to remove stale locks",
      cause: nil
    )
  case .noMatch(let kind, let prefix):
    if kind == .snapshot && prefix == "latest" {
      return Restated(description: "no snapshot found", hint: error.hint, cause: error.cause)
    }
    return Restated(
      description: "no matching ID found for prefix \"\(prefix)\"",
      hint: error.hint,
      cause: error.cause
    )
  case .ambiguous(_, let prefix):
    return Restated(
      description: "multiple IDs with prefix \"\(prefix)\" found",
      hint: error.hint,
      cause: error.cause
    )
  default:
    return error
  }
}

private func describe(_ holder: LockHolder) -> String {
  let lock = holder.lock
  let created = Moment(lock.time)
  return """
    by PID \(lock.pid) on \(lock.hostname) by \(lock.username) (UID \(lock.userID), \
    GID \(lock.groupID))
    lock was created at \(created.short) (\(Quantity.age(of: lock.time)) ago)
    storage ID \(holder.name.prefix(8))
    """
}

private func restated(_ error: StoreLocationError) -> any Error {
  switch error.reason {
  case .empty: error
  case .notSupported(let scheme):
    Restated(
      description: "invalid backend: storage of kind '\(scheme)' is not supported",
      hint: error.hint,
      cause: nil
    )
  case .unknown:
    Restated(
      description: "parsing repository location failed: invalid backend",
      hint: "If the repository is in a local directory, you need to add a `local:` prefix",
      cause: nil
    )
  }
}
