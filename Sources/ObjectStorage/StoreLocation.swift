package import Machine

/// Where a repository is, as a user writes it: `/path`, `path` or `local:path`.
package struct StoreLocation: Hashable, Sendable, CustomStringConvertible {
  package let path: FilePath

  /// The schemes of restic for storage beyond this machine.
  static let otherSchemes = [
    "azure", "b2", "gs", "rclone", "rest", "s3", "sftp", "swift",
  ]

  package init(path: FilePath) { self.path = path }

  /// Reads what restic accepts after `-r`.
  ///
  /// - Parameter text: A path, or a scheme, a colon and the rest.
  /// - Throws: ``StoreLocationError`` when it is empty or names another kind of storage.
  package init(parsing text: String) throws(StoreLocationError) {
    if text.isEmpty { throw StoreLocationError(text: text, reason: .empty) }
    if text.hasPrefix("local:") {
      let rest = String(text.dropFirst("local:".count))
      if rest.isEmpty { throw StoreLocationError(text: text, reason: .empty) }
      path = FilePath(rest)
      return
    }
    // A colon after a slash belongs to a path.
    let isPath = text.hasPrefix("/") || text.hasPrefix(".")
    if !isPath, let colon = text.firstIndex(of: ":") {
      let scheme = String(text[..<colon])
      let reason: StoreLocationError.Reason =
        Self.otherSchemes.contains(scheme) ? .notSupported(scheme) : .unknown
      throw StoreLocationError(text: text, reason: reason)
    }
    path = FilePath(text)
  }

  /// The store there, which may not have been prepared yet.
  package func store() -> any ObjectStore { LocalStore(path: path) }

  package var description: String { path.string }
}

/// A location of a repository that can't be used.
package struct StoreLocationError: ExplainedError, Hashable {
  /// What a caller can tell apart.
  package enum Reason: Hashable, Sendable {
    case empty
    case notSupported(String)
    case unknown
  }

  package var text: String
  package var reason: Reason

  package var cause: (any Error)? { nil }

  package var description: String {
    switch reason {
    case .empty: "the location of the repository is empty"
    case .notSupported(let scheme): "storage of kind '\(scheme)' is not supported: \(text)"
    case .unknown: "invalid location of a repository: \(text)"
    }
  }

  package var hint: String? {
    switch reason {
    case .empty: "give it with -r or in RESTIC_REPOSITORY"
    case .notSupported: "use a folder, or a mounted file system"
    case .unknown: "write local:\(text) if that is a folder"
    }
  }
}
