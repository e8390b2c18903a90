import Machine
package import RepositoryFormat

/// Why something can't be mounted or shown.
package struct MountError: ExplainedError {
  package enum Reason: Hashable, Sendable {
    case notMounted(path: String)
    case missing(BlobID)
  }

  package var reason: Reason
  package var cause: (any Error)?

  init(_ reason: Reason, cause: (any Error)? = nil) {
    self.reason = reason
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .notMounted(let path): "can't mount at \(path)"
    case .missing(let blob): "can't read the data blob \(blob.digest.hex)"
    }
  }

  package var hint: String? {
    switch reason {
    case .notMounted:
      "who isn't root needs fusermount3 (package fuse3); /dev/fuse must be there"
    case .missing: "check says what is damaged"
    }
  }
}
