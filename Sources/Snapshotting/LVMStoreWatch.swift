import Machine
import Planning
import Synchronization

/// Looks every second how full the stores of thick volume snapshots are, and extends those that
/// fill up.
final class LVMStoreWatch {
  private let stop = StopSignal()
  private let finding = Finding()
  private let threads = WorkerThreads()

  /// Why the last one that filled up could not be extended.
  private final class Finding: Sendable {
    let reason = Mutex<String?>(nil)
  }

  /// From this on a store is extended.
  private static let fillMax = 0.7

  /// Begins to look.
  ///
  /// - Parameters:
  ///   - marks: Of thick volume snapshots, with their identities.
  ///   - tool: What they are made with.
  init(of marks: [SnapshotMark], tool: LVMTool) {
    threads.start { [stop, finding] in
      repeat {
        for mark in marks { Self.look(at: mark, tool, finding) }
      } while !stop.wait(for: .seconds(1))
    }
  }

  /// Why one could not be extended when it was last tried; nil when none had to be.
  var failure: String? { finding.reason.withLock { $0 } }

  /// Looks no more.
  func end() {
    stop.send()
    threads.join()
  }

  private static func look(at mark: SnapshotMark, _ tool: LVMTool, _ finding: Finding) {
    guard case .used(let share) = tool.fill(of: mark), share >= fillMax else { return }
    let reason: String?
    do {
      let isExtended = try tool.extend(mark)
      reason = isExtended ? nil : "nothing is free in the volume group \(mark.volume.lvm.group)"
    } catch {
      reason = explanation(of: error)
    }
    finding.reason.withLock { $0 = reason }
  }
}
