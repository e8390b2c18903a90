package import Machine
package import Planning
package import RepositoryFormat

/// One file to copy as it was at one instant.
package struct CloneRequest: Sendable {
  /// A regular file, or a link to one.
  package var source: FilePath
  /// The copy's name, or a directory that it goes into under the source's name.
  package var destination: FilePath
  /// Whether a file that has the copy's name is replaced.
  package var replaces = false
  /// No copy is made below this grade.
  package var required = Grade.file
  package var pause = PauseOptions()

  package init(source: FilePath, destination: FilePath) {
    self.source = source
    self.destination = destination
  }
}

/// What makes a copy one of one instant.
package enum CloneMethod: String, Sendable {
  /// The file system gave the copy the source's content at once.
  case clone
  /// The same, to a nameless file beside the source, which was then copied.
  case cloneAndCopy = "clone+copy"
  /// A read lease: nobody had it open for writing.
  case lease
  /// Who could write was held while it was copied.
  case pause
  /// It was the same after it was copied as before.
  case verified
  /// Nothing: it changed each time while it was copied.
  case unproven
}

/// How a copy was made.
package struct CloneReport: Sendable {
  package var source: FilePath
  /// The copy itself, also when a directory was asked for.
  package var destination: FilePath
  package var method: CloneMethod
  package var grade: Grade
  /// In bytes.
  package var size: UInt64
  /// The moment that the copy describes, or the beginning of a shorter time in which it lies.
  package var instant: NodeTime
  /// How long writers were held; nil when nobody was.
  package var pause: Duration?
  /// How many threads stood still.
  package var writersHeld = 0
  /// Why nothing better was possible.
  package var reasons: [String] = []
}
