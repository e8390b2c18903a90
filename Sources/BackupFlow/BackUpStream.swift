package import Archiving
package import Keeping
package import Machine
import Planning
package import RepositoryEngine
import RepositoryFormat

/// Where a stream comes from.
package enum StreamSource: Hashable, Sendable {
  case standardInput
  /// The program and its arguments; not empty.
  case program([[UInt8]])

  fileprivate var origin: BackupOrigin { self == .standardInput ? .standardInput : .program }

  /// Runs `body` with the stream.
  func reading<Value>(
    onComplaint: @escaping @Sendable ([UInt8]) -> Void,
    _ body: (any ByteStream) throws -> Value
  ) throws -> Value {
    switch self {
    case .standardInput: return try body(StandardInputStream())
    case .program(let words):
      do {
        return try withProgramOutput(of: words, onComplaint: onComplaint) { try body($0) }
      } catch let error as CommandError {
        throw StreamNotStarted(cause: error)
      }
    }
  }
}

/// Backs up a stream as one file, as restic does.
///
/// Nothing of it is of an instant: what comes when is up to who writes it.
///
/// - Parameters:
///   - source: Where the stream comes from.
///   - path: Where the file stands in the snapshot: absolute, normalised, not the root.
///   - request: How; its sources and what concerns files don't count.
///   - repository: Where to.
///   - keeper: Removes our lock when we are killed.
///   - progress: Written while it goes on.
///   - interruption: Ends it early.
///   - onComplaint: Called with each line of the program's standard error, from any thread.
///   - onEvent: As of the backup of files.
///   - tell: Called with what the user should know.
/// - Returns: What was counted.
/// - Throws: ``StreamBroken`` when the stream broke off, and nothing is saved; ``Interrupted``;
///   the errors of the steps.
package func backUp(
  _ source: StreamSource,
  as path: FilePath,
  _ request: BackupRequest,
  into repository: Repository,
  keeper: Keeper,
  progress: ArchiveProgress,
  interruption: Interruption,
  onComplaint: @escaping @Sendable ([UInt8]) -> Void,
  onEvent: @escaping @Sendable (ArchiveEvent) -> Void = { _ in },
  tell: @escaping @Sendable (BackupNotice) -> Void
) throws -> BackupReport {
  try request.locking(repository, keeper, interruption, tell) {
    let started = NodeTime.now()
    let time = request.time ?? started
    let parent =
      source == .standardInput
      ? nil : try chooseParent(for: request, in: repository, tell: tell)
    try repository.loadIndex(interruption)
    var asked = StreamRequest(path: path, time: time, interruption: interruption)
    asked.parentTree = parent?.file.tree
    asked.storesAccessTime = request.archiving.storesAccessTime
    asked.savers = request.archiving.savers
    asked.reportsItems = request.archiving.reportsItems
    return try source.reading(onComplaint: onComplaint) { stream in
      let archived = try StreamBroken.explaining(path) {
        try repository.uploading(dryRun: request.isDryRun, interruption: interruption) { saver in
          try archive(
            stream,
            as: asked,
            into: repository,
            saver: saver,
            progress: progress,
            onEvent: onEvent
          )
        }
      }
      let summary = SnapshotSummary(archived.counts, started: started, ended: .now())
      var report = BackupReport(grade: .none, instant: time, summary: summary)
      report.origin = source.origin
      report.parent = parent?.id
      report.bytesRead = archived.counts.bytesRead
      report.problems = archived.problems.map { BackupProblem($0) }
      if !request.isDryRun, !request.isSkipped(archived, parent) {
        let file = request.snapshotFile(report, archived, at: time, of: [path])
        report.snapshot = try repository.saveSnapshot(file)
      }
      return report
    }
  }
}

/// A program whose output was to be backed up could not be started.
package struct StreamNotStarted: ExplainedError {
  package let cause: (any Error)?
  package var description: String { "failed to start command" }
}

/// A stream broke off, and no snapshot was saved.
package struct StreamBroken: ExplainedError {
  package let path: FilePath
  package let cause: (any Error)?

  package var description: String { "unable to save snapshot: failed to save \(path)" }

  static func explaining<Value>(
    _ path: FilePath,
    _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch let error as CommandError {
      throw StreamBroken(path: path, cause: CommandFailed(error))
    } catch let error as SystemCallError {
      throw StreamBroken(path: path, cause: error)
    }
  }
}

/// A program ended badly, in restic's words.
private struct CommandFailed: ExplainedError {
  let description: String
  var cause: (any Error)? { nil }

  init(_ error: CommandError) {
    switch error.reason {
    case .exited(let status): description = "command failed: exit status \(status)"
    case .signalled(let signal): description = "command failed: signal \(signal)"
    case .notStarted, .tooMuchOutput, .late: description = "command failed: \(error)"
    }
  }
}
