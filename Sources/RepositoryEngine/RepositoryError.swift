import Machine
import ObjectStorage
package import RepositoryFormat

/// What went wrong in a repository.
package struct RepositoryError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Hashable, Sendable {
    /// There is no config: nothing was ever initialized there, or it is not mounted.
    case noRepository
    /// A repository is there already, or what is left of one.
    case alreadyInitialized
    /// The password fits none of the keys that could be read; those that couldn't are named.
    case wrongPassword(damagedKeys: [String])
    /// The repository has no key at all.
    case noKey
    /// Others hold locks that exclude ours.
    case locked([LockHolder])
    /// Our lock couldn't be refreshed, or someone removed it.
    case lockLost
    /// The config is whole, but of a version or with a polynomial that nobody here knows.
    case unsupportedConfig
    /// A stored file is not what was written, twice.
    case damaged(FileKind, name: String)
    /// A blob that something refers to is nowhere, or all its copies are damaged.
    case unreadableBlob(BlobType, BlobID)
    /// No stored file has an id with this prefix, or none passes the filter.
    case noMatch(FileKind, prefix: String)
    /// Several stored files have ids with this prefix.
    case ambiguous(FileKind, prefix: String)
    /// What was about to be stored doesn't read back as what it was made of.
    case badVerification(String)
    /// The index was asked before it was loaded, or something else a program must not do.
    case misuse(String)
  }

  package var reason: Reason
  /// Where the repository is.
  package var location: String
  package var cause: (any Error)?

  package init(_ reason: Reason, at location: String, cause: (any Error)? = nil) {
    self.reason = reason
    self.location = location
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .noRepository: "no repository at \(location)"
    case .alreadyInitialized: "a repository exists already at \(location)"
    case .wrongPassword(let damaged) where damaged.isEmpty:
      "wrong password for the repository at \(location)"
    case .wrongPassword(let damaged):
      "wrong password for the readable keys of the repository at \(location); "
        + "damaged: \(damaged.map { "key \($0)" }.joined(separator: ", "))"
    case .noKey: "the repository at \(location) has no key"
    case .locked(let holders):
      "the repository is locked by \(holders.map(\.description).joined(separator: " and by "))"
    case .lockLost: "lost the lock of the repository at \(location)"
    case .unsupportedConfig: "can't use the repository at \(location)"
    case .damaged(.config, _): "the config is damaged in the repository at \(location)"
    case .damaged(let kind, let name): "\(kind.word) \(name) is damaged"
    case .unreadableBlob(let type, let id): "can't read the \(type.word) blob \(id.digest.hex)"
    case .noMatch(let kind, let prefix): "no \(kind.word) matches '\(prefix)'"
    case .ambiguous(let kind, let prefix): "several \(kind.plural) match '\(prefix)'"
    case .badVerification(let what):
      "\(what) doesn't read back as it was made: memory or processor are faulty"
    case .misuse(let what): what
    }
  }

  package var hint: String? {
    switch reason {
    case .noRepository: "check the path, or make a repository with init"
    case .wrongPassword, .noKey, .alreadyInitialized, .unreadableBlob, .noMatch, .misuse: nil
    case .locked(let holders):
      holders.contains(where: \.isStale)
        ? "a stale lock is left of a run that ended without cleaning up: unlock removes it"
        : "wait until it is done, or give --retry-lock"
    case .lockLost:
      "run the command again; if nobody removed the lock, the storage was away for too long"
    case .unsupportedConfig: "a newer version of this program may know how"
    case .damaged(.config, _):
      "restore the file config from a copy of the repository: it is the same in every copy"
    case .damaged(.key, _):
      "restore the file from a copy of the repository, or use the password of another key"
    case .damaged(.index, _): "repair index builds it anew from the packs"
    case .damaged(.lock, _): "unlock --remove-all removes it"
    case .damaged: "check says what else is damaged"
    case .ambiguous: "give more digits"
    case .badVerification: "test this machine's memory before trusting it with backups"
    }
  }
}

extension FileKind {
  /// What one such file is called.
  package var word: String {
    switch self {
    case .config: "config"
    case .key: "key"
    case .data: "pack"
    case .index: "index"
    case .snapshot: "snapshot"
    case .lock: "lock"
    }
  }

  var plural: String {
    switch self {
    case .config: "configs"
    case .index: "index files"
    default: word + "s"
    }
  }
}

extension BlobType {
  /// What such a blob is called.
  package var word: String { self == .data ? "data" : "tree" }
}

/// Whether an error means that something stored is gone or damaged.
///
/// What can't be reached for the moment is neither, nor what only a newer program knows.
func isLoss(_ error: any Error) -> Bool {
  switch error {
  case let error as StoreError: error.isMissing || error.reason == .short
  case let error as RepositoryError:
    switch error.cause {
    case let cause as StoreError: isLoss(cause)
    case let cause as FormatError: isLoss(cause)
    default: true
    }
  case let error as FormatError: !error.isNewer
  default: error is SealError || error is WrongHash
  }
}
