import Archiving
import BackupFlow
import Machine
import Planning

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
    request.dumps = try options.dumps(beside: targets.map(\.path))
    request.exclusions = try sources.exclusions()
    request.archiving = try archiving(session.output)
    request.policy = try stillness.policy()
    request.required = try stillness.requiredGrade()
    request.pause.isAllowed = !stillness.noPause
    request.pause.lengthMax = try stillness.pauseMax()
    request.quiescing = try stillness.quiescing()
    request.hotCopySizeMax = try hotCopySizeMax()
    request.parent = options.parent.flatMap { $0.isEmpty ? nil : $0 }
    request.isForced = options.force
    request.skipsIfUnchanged = options.skipIfUnchanged
    request.isDryRun = options.dryRun
    request.tags = options.tag.flatMap { splitTags($0) }
    request.excludes = sources.exclude
    request.time = try parseTimeOption(options.time)
    request.parentGrouping = Set(
      try SnapshotTrait.parse(options.groupBy).compactMap { ParentGrouping(rawValue: $0.rawValue) }
    )
    request.proof = try proofOptions()
    request.lockRetry = session.settings.lockRetry
    request.programVersion = Version.program
    return request
  }

  /// Nil unless `--prove` was given.
  private func proofOptions() throws -> ProofOptions? {
    guard options.prove else { return nil }
    if options.dryRun {
      throw UsageError(
        "--prove and --dry-run cannot be used together",
        hint: "what is tried is what was stored"
      )
    }
    if stream.isAsked { throw UsageError("--prove is for files, not for a stream") }
    return try proof.options()
  }

  private var hostname: String {
    let host = storedText(options.host ?? Environment.value("HOST") ?? "")
    return host.isEmpty ? Host.name : host
  }

  private func hotCopySizeMax() throws(UsageError) -> UInt64 {
    guard let size = parseByteCount(options.hotCopyMax) else {
      throw UsageError("invalid argument \"\(options.hotCopyMax)\" for \"--hot-copy-max\" flag")
    }
    return size
  }

  private func archiving(_ output: Output) throws -> ArchiveOptions {
    var archiving = ArchiveOptions()
    archiving.ignoresInode = options.ignoreInode
    archiving.ignoresChangeTime = options.ignoreCtime
    archiving.storesAccessTime = options.withAtime
    archiving.reportsItems = output.verbosity >= (output.isJSON ? .verbose : .detailed)
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
}
