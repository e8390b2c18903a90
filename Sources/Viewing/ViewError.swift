package import Machine

/// A piece of the view that can't be opened.
package struct ViewError: ExplainedError {
  package var path: FilePath
  package var cause: (any Error)?

  package init(path: FilePath, cause: (any Error)?) {
    self.path = path
    self.cause = cause
  }

  package var description: String { "can't open \(path) as it was" }
}
