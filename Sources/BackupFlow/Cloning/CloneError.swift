package import Machine
package import Planning

/// Why a file was not copied.
package struct CloneError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Sendable {
    /// The source isn't a regular file.
    case notRegular(FilePath)
    /// Something has the copy's name.
    case exists(FilePath)
    /// What has the copy's name isn't a file, or is the source itself.
    case irreplaceable(FilePath, because: String)
    /// The source can't be read.
    case unreadable(FilePath)
    /// The copy can't be written.
    case unwritable(FilePath)
    /// Less was reached than what is required.
    case gradeNotReached(FilePath, required: Grade, because: [String])
  }

  package var reason: Reason
  package var cause: (any Error)?

  package init(_ reason: Reason, cause: (any Error)? = nil) {
    self.reason = reason
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .notRegular(let path): "\(path) is not a regular file"
    case .exists(let path): "\(path) exists"
    case .irreplaceable(let path, let reason): "can't replace \(path): \(reason)"
    case .unreadable(let path): "can't read \(path)"
    case .unwritable(let path): "can't make \(path)"
    case .gradeNotReached(let path, let required, let reasons):
      "no copy of \(path) reaches the grade \(required.rawValue)"
        + (reasons.isEmpty ? "" : ": \(reasons.joined(separator: "; "))")
    }
  }

  package var hint: String? {
    switch reason {
    case .exists: "--force replaces it"
    case .gradeNotReached(_, let required, _):
      required > .file
        ? "one file can have the grade file at best"
        : "mend what is named, or take a copy that may be torn with --require none"
    default: nil
    }
  }
}
