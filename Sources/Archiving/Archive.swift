import Machine
package import RepositoryEngine
import RepositoryFormat

/// Stores the targets of `request` as trees and data blobs.
///
/// Returns when the root tree was handed to `saver`; what it stored is durable when the upload it
/// belongs to has ended. What can't be read is left out and named in the result. Where the parent
/// isn't what a shortcut counts on, everything is read after all.
///
/// - Parameters:
///   - request: What to store.
///   - repository: For the parent's trees, and to know which blobs it has.
///   - saver: Where blobs go.
///   - progress: Told what was done.
///   - onEvent: Called on several threads, one at a time or not; must not block.
/// - Returns: The root tree and what is in it.
/// - Throws: ``ArchiveError`` when there is nothing to store, ``Interrupted``, or the first error
///   of `saver`. All threads have ended then.
package func archive(
  _ request: ArchiveRequest,
  into repository: Repository,
  saver: BlobSaver,
  progress: ArchiveProgress = ArchiveProgress(),
  onEvent: @escaping @Sendable (ArchiveEvent) -> Void = { _ in }
) throws -> ArchiveResult {
  do {
    return try archiveOnce(request, into: repository, saver, progress, onEvent)
  } catch is ShortcutFailed {
    var request = request
    request.shortcut = nil
    return try archiveOnce(request, into: repository, saver, progress, onEvent)
  }
}

private func archiveOnce(
  _ request: ArchiveRequest,
  into repository: Repository,
  _ saver: BlobSaver,
  _ progress: ArchiveProgress,
  _ onEvent: @escaping @Sendable (ArchiveEvent) -> Void
) throws -> ArchiveResult {
  let ledger = ArchiveLedger(
    progress: progress,
    reportsItems: request.options.reportsItems,
    onEvent: onEvent
  )
  let run = ArchiveRun(request, into: repository, saver: saver, ledger: ledger)
  let threads = WorkerThreads()
  threads.start { run.guarding { try run.walk() } }
  threads.start { run.parentTrees.loadAhead() }
  for _ in 0..<run.readerCount {
    threads.start { run.guarding { try run.readFiles() } }
  }
  for _ in 0..<(request.options.savers ?? Host.processorCount) {
    threads.start { run.guarding { try SavingWorker(run: run).work() } }
  }
  // A quick walk is over before everything would be counted.
  if request.options.countsAhead, request.shortcut?.purpose != .quick {
    threads.start { countAhead(run) }
  }
  threads.join()
  let tree = try run.result()
  return ledger.result(tree, owners: run.ownerNumbers)
}

extension ArchiveRun {
  /// Runs the work of a thread; its error stops all others.
  fileprivate func guarding(_ body: () throws -> Void) {
    do { try body() } catch { fail(error) }
  }

  fileprivate func walk() throws {
    defer { parentTrees.stop() }
    var walker = Walker(request, openMax: openMax, visitor: ArchiveVisitor(self))
    try walker.run()
    try walker.visitor.handOver()
    if let left = walker.visitor.parentLeft { ledger.add(takenOver: left) }
    jobs.close()
    finishProducing()
  }

  fileprivate var ownerNumbers: OwnerNumbers {
    let known = owners.known
    var numbers = OwnerNumbers()
    numbers.users = Set(known.users)
    numbers.groups = Set(known.groups)
    return numbers
  }

  fileprivate func readFiles() throws {
    try FileReader(self).work()
    finishProducing()
  }
}
