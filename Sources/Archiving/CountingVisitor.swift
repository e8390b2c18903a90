import Machine
import Viewing

/// Counts the files and bytes that are to come, for a progress that knows the end.
struct CountingVisitor: WalkVisitor {
  let run: ArchiveRun

  func enter(_ entry: WalkedEntry?, childrenMax: Int, in parent: Void?) throws {
    if run.isDone { throw Interrupted() }
  }

  func leave(_ directory: Void) {}

  func visitFile(_ entry: WalkedEntry, in directory: Void) {
    run.ledger.progress.addTotal(files: 1, bytes: entry.metadata.size)
  }

  func visitOther(_ entry: WalkedEntry, in directory: Void) {}
  // The archive itself says what is missing.
  func missed(_ path: FilePath, during: String, _ cause: any Error) {}
  func isLate(_ path: FilePath, _ lateness: Lateness) {}
  func takeOver(_ entry: UnwrittenEntry, in directory: Void) -> Bool { false }
  func listed(_ path: () -> FilePath) {}
}

/// Walks the targets ahead of the archive and counts.
func countAhead(_ run: ArchiveRun) {
  var walker = Walker(run.request, openMax: run.openMax, visitor: CountingVisitor(run: run))
  // What stops the count stops the archive too, or the archive was faster.
  if (try? walker.run()) != nil { run.ledger.progress.finishTotals() }
}
