import Archiving
import BackupFlow
import Machine
import Planning
import RepositoryFormat

extension BackupCommand {
  /// What the options ask for.
  ///
  /// - Throws: ``UsageError`` for values that make no sense.
  func request(for targets: [ArchiveTarget], _ session: Session) throws -> BackupRequest {
    var request = BackupRequest(
      sources: targets,
      hostname: hostname,
      username: Host.userName
    )
    request.exclusions = try exclusions()
    request.archiving = try archiving(session.output)
    request.policy = try policy()
    request.required = try requiredGrade()
    request.pause.isAllowed = !stillness.noPause
    request.pause.lengthMax = try pauseMax()
    request.parent = options.parent
    request.isForced = options.force
    request.skipsIfUnchanged = options.skipIfUnchanged
    request.isDryRun = options.dryRun
    request.tags = options.tag.flatMap { splitTags($0) }
    request.excludes = sources.exclude
    request.time = try time()
    request.parentGrouping = Set(
      try SnapshotTrait.parse(options.groupBy).compactMap { ParentGrouping(rawValue: $0.rawValue) }
    )
    request.lockRetry = session.settings.lockRetry
    request.programVersion = Version.program
    return request
  }

  private var hostname: String {
    let host = options.host ?? Environment.value("HOST") ?? ""
    return host.isEmpty ? Host.name : host
  }

  private func exclusions() throws -> Exclusions {
    var exclusions = Exclusions()
    exclusions.patterns = try exclusionPatterns(besides: [])
    exclusions.caselessPatterns = try PatternSource.list(
      "--iexclude",
      sources.iexclude,
      files: sources.iexcludeFile,
      ignoringCase: true
    )
    if let text = sources.excludeLargerThan {
      guard let size = parseByteCount(text) else {
        throw UsageError("invalid argument \"\(text)\" for \"--exclude-larger-than\" flag")
      }
      exclusions.sizeMax = size
    }
    if sources.excludeCaches { exclusions.markers.append(.cacheDirectory) }
    for text in sources.excludeIfPresent {
      guard let marker = ExclusionMarker(parsing: text) else {
        throw UsageError("invalid argument \"\(text)\" for \"--exclude-if-present\" flag")
      }
      exclusions.markers.append(marker)
    }
    exclusions.staysOnFileSystem = sources.oneFileSystem
    return exclusions
  }

  /// The exclude patterns that were given, then one for each of `paths`.
  ///
  /// - Throws: ``UsageError`` for malformed patterns, or a file that can't be read.
  func exclusionPatterns(besides paths: [FilePath]) throws -> PatternList {
    let ours = paths.map { path in
      // Exactly this path: a backslash takes what follows as it is.
      path.string.map { "*?[\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    return try PatternSource.list(
      "--exclude",
      sources.exclude,
      files: sources.excludeFile,
      further: ours
    )
  }

  private func archiving(_ output: Output) throws -> ArchiveOptions {
    var archiving = ArchiveOptions()
    archiving.ignoresInode = options.ignoreInode
    archiving.ignoresChangeTime = options.ignoreCtime
    archiving.storesAccessTime = options.withAtime
    archiving.reportsItems = output.verbosity >= .detailed
    archiving.countsAhead = !options.noScan && output.verbosity > .quiet
    guard let text = options.readConcurrency ?? Environment.value("READ_CONCURRENCY") else {
      return archiving
    }
    guard let readers = Int(text), readers >= 0 else {
      let name =
        options.readConcurrency == nil
        ? Environment.foundName("READ_CONCURRENCY") : "--read-concurrency"
      throw UsageError("invalid value for \(name) \"\(text)\": not a number")
    }
    if readers > 0 { archiving.readers = min(readers, 256) }
    return archiving
  }

  private func policy() throws(UsageError) -> SnapshotPolicy {
    guard let policy = SnapshotPolicy(rawValue: stillness.snapshotPolicy) else {
      let names = SnapshotPolicy.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(stillness.snapshotPolicy)\" for \"--snapshot-policy\" flag: "
          + "must be one of (\(names))"
      )
    }
    return policy
  }

  private func requiredGrade() throws(UsageError) -> Grade? {
    guard let text = stillness.require else { return nil }
    guard let grade = Grade(rawValue: text) else {
      let names = Grade.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(text)\" for \"--require\" flag: must be one of (\(names))"
      )
    }
    return grade
  }

  private func pauseMax() throws(UsageError) -> Duration {
    guard let duration = parseDuration(stillness.maxPause), duration > .zero else {
      throw UsageError(
        "invalid argument \"\(stillness.maxPause)\" for \"--max-pause\" flag",
        hint: "a length of time is written as 500ms or 2s"
      )
    }
    return duration
  }

  private func time() throws(UsageError) -> NodeTime? {
    guard let text = options.time, text != "now", !text.isEmpty else { return nil }
    guard let time = Moment.parse(text) else {
      throw UsageError(
        "error in time option: can't read \"\(text)\"",
        hint: "a time is written as 2006-01-02 15:04:05, or now"
      )
    }
    return time
  }
}
