import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Something that one thread does at a time; small things come in batches.
private enum Job: Sendable {
  case fetch(FetchTask)
  case unchanged([PlannedFile])
  /// Files for which no blob is missing.
  case resize([PlannedFile])
  case specials([PlannedNode])

  static let batchSize = 64
}

extension Restoration {
  /// Restores a window.
  ///
  /// - Throws: What ends the restore; what concerns single paths is told.
  func run(_ window: Window) throws {
    try compareExisting(window)
    var unchanged: [PlannedFile] = []
    var written = window.fresh
    for file in window.existing {
      switch verdict(file) {
      case .unchanged:
        unchanged.append(file)
        continue
      case .update: break
      case .replace: file.state.withLock { $0.matching = nil }
      }
      progress.found(bytes: file.size)
      written.append(file)
    }
    if request.isDryRun {
      pretend(window, unchanged: unchanged, written: written)
    } else {
      try run(jobs(window, unchanged: unchanged, written: written))
      openFiles.clear()
      try inParallel(
        window.links.batches(of: Job.batchSize),
        threads: workers,
        interruption: request.interruption
      ) { [self] batch in for link in batch { try makeLink(link) } }
      if request.verifies { try verify(written) }
    }
    for directory in window.finished { try finish(directory) }
  }

  private func jobs(
    _ window: Window,
    unchanged: [PlannedFile],
    written: [PlannedFile]
  ) -> [Job] {
    var resized: [PlannedFile] = []
    for file in written {
      let missing = file.state.withLock { state -> Int in
        let held = state.matching?.count { $0 } ?? 0
        state.remaining = file.blobs.count - held
        return state.remaining
      }
      if missing == 0 { resized.append(file) }
      progress.wrote(bytes: heldBytes(file))
    }
    return FetchTask.tasks(for: written).map { .fetch($0) }
      + unchanged.batches(of: Job.batchSize).map { .unchanged($0) }
      + resized.batches(of: Job.batchSize).map { .resize($0) }
      + window.specials.batches(of: Job.batchSize).map { .specials($0) }
  }

  private func run(_ jobs: [Job]) throws {
    try inParallel(jobs, threads: workers, interruption: request.interruption) { [self] job in
      switch job {
      case .fetch(let task): try fetch(task)
      case .unchanged(let files): for file in files { try keep(file) }
      case .resize(let files): for file in files { try resize(file) }
      case .specials(let nodes): for node in nodes { try makeSpecial(node) }
      }
    }
  }

  /// Reads the blobs of a task and writes them to wherever they are wanted.
  private func fetch(_ task: FetchTask) throws {
    var next = 0
    while next < task.blobs.count {
      do {
        let entries = task.blobs[next...].map { (id: $0.blob.id, location: $0.blob.location) }
        try repository.readBlobs(in: task.pack, entries) { _, plain in
          for use in task.uses[task.blobs[next].uses] {
            try request.interruption.check()
            try write(plain, use.file.blobs[use.blob], of: use.file)
          }
          next += 1
        }
      } catch let error as RepositoryError {
        // This blob is lost; the ones after it may not be.
        for use in task.uses[task.blobs[next].uses] { try giveUp(use.file, error) }
        next += 1
      }
    }
  }

  /// Gives a file with the right content its metadata.
  private func keep(_ file: PlannedFile) throws {
    do {
      let directory = try directories.descriptor(of: file.directory)
      let reference = FileReference.name(file.name, directory: directory.raw)
      guard try dress(file, reference) else { return }
      progress.skipped(bytes: file.size)
      report(.unchanged, file.directory, file.name, size: file.size)
    } catch {
      try giveUp(file, error)
    }
  }

  private func heldBytes(_ file: PlannedFile) -> UInt64 {
    guard let matching = file.state.withLock({ $0.matching }) else { return 0 }
    return zip(file.blobs, matching).reduce(0) { sum, pair in
      sum + (pair.1 ? UInt64(pair.0.location.plainSize) : 0)
    }
  }

  private func pretend(_ window: Window, unchanged: [PlannedFile], written: [PlannedFile]) {
    for file in unchanged {
      progress.skipped(bytes: file.size)
      report(.unchanged, file.directory, file.name, size: file.size)
    }
    for file in written {
      progress.wrote(bytes: file.size)
      completed(file)
    }
    for node in window.specials {
      progress.restored()
      report(.restored, node.directory, node.name)
    }
    for link in window.links {
      directories.release(link.source.directory)
      progress.restored()
      report(.restored, link.directory, link.name)
    }
  }

  /// Removes what doesn't belong into a directory and gives it its metadata.
  private func finish(_ finished: FinishedDirectory) throws {
    try request.interruption.check()
    defer { directories.release(finished.directory) }
    do {
      if let expected = finished.expected, finished.exists, !finished.isNew {
        try removeOthers(than: expected, in: finished.directory)
      }
      guard let node = finished.node else { return }
      if !request.isDryRun {
        let open = try directories.descriptor(of: finished.directory)
        try setMetadata(of: .descriptor(open.raw), to: node) {
          directories.fileSystemPath(of: finished.directory)
        }
      }
      progress.restored()
      report(.restored, finished.directory, nil)
    } catch {
      try failed(finished.directory, nil, error)
    }
  }
}

extension Array {
  /// The elements in order, in parts of `size`; the last may be smaller.
  fileprivate func batches(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
