package import Machine

/// Something that stays held when nobody lets it go, also when we are killed: it is written down
/// before it is held.
package enum LastingHold: Hashable, Sendable {
  /// The folder of a control group that is frozen.
  case group(FilePath)
  /// A directory of a file system that is frozen.
  case fileSystem(FilePath)
  /// A process that is stopped, and when it was started.
  case process(ProcessID, started: UInt64)
  /// A program that was called with `freeze` and is to be called with `thaw`.
  case hook(FilePath)
}

extension LastingHold: CustomStringConvertible {
  /// What it is, for people.
  package var description: String {
    switch self {
    case .group(let folder): "the control group \(folder)"
    case .fileSystem(let directory): "the file system of \(directory)"
    case .process(let number, _): "the process \(number)"
    case .hook(let path): "the hook \(path)"
    }
  }
}

extension LastingHold {
  /// How long a hook may take to thaw.
  static let thawLengthMax = Duration.seconds(30)

  /// Lets it go; what isn't held is no error.
  ///
  /// - Parameter isAbandoned: Whether who held it was killed, perhaps in the middle of that.
  /// - Throws: ``SystemCallError``, ``CommandError``.
  package func letGo(isAbandoned: Bool = false) throws {
    switch self {
    case .group(let folder): try ControlGroup(folder: folder)?.thaw()
    case .fileSystem(let directory): try thawFileSystem(of: directory)
    case .process(let number, let started):
      try ProcessIdentity(number: number, started: started)?.goOn()
    case .hook(let path):
      // One that still freezes would do so after it was thawed.
      if isAbandoned {
        // One that was removed since can't be asked any more, however often.
        if (try? fileMetadata(of: path, followingLinks: true)) == nil { return }
        _ = try waitForEnd(ofProgramsGiven: path.string, atMost: Self.thawLengthMax)
      }
      var runner = SystemCommandRunner()
      runner.lengthMax = Self.thawLengthMax
      try runner.run(Command(path.string, "thaw"))
    }
  }
}
