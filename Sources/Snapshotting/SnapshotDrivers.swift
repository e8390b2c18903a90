package import Machine
package import Planning

/// The drivers of several mechanisms as one.
package struct SnapshotDrivers: SnapshotDriver {
  private let drivers: [any SnapshotDriver]

  /// In the order in which their volume snapshots are taken.
  package init(_ drivers: [any SnapshotDriver]) { self.drivers = drivers }

  /// The drivers of every mechanism.
  ///
  /// - Parameters:
  ///   - state: The folder of their notes, where the journal is too.
  ///   - hotCopies: How what is being written is copied where there are no volume snapshots.
  /// - Returns: All of them as one.
  package static func all(
    state: FilePath,
    hotCopies: HotCopyOptions = HotCopyOptions()
  ) -> SnapshotDrivers {
    SnapshotDrivers([
      BtrfsDriver(state: state), ZFSDriver(), LVMDriver(), CephFSDriver(),
      APFSDriver(state: state),
      // What takes longest comes last.
      HotCopyDriver(hotCopies),
    ])
  }

  package var mechanisms: Set<Mechanism> {
    drivers.reduce(into: []) { $0.formUnion($1.mechanisms) }
  }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    drivers.flatMap { $0.marks(for: volumes, run: run) }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    let combined = CombinedSnapshotSet()
    do {
      for driver in drivers {
        let own = marks.filter { driver.mechanisms.contains($0.volume.mechanism) }
        if !own.isEmpty { combined.sets.append(try driver.prepare(own)) }
      }
    } catch {
      try? combined.discard()  // What can't be removed stays in the journal for the next start.
      throw error
    }
    return combined
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    guard let driver = drivers.first(where: { $0.mechanisms.contains(mark.volume.mechanism) })
    else {
      throw SnapshotError(
        attempt: "remove the volume snapshot \(mark.name.text)",
        subject: mark.volume.directory,
        hint: "this program has no driver for \(mark.volume.mechanism.rawValue)"
      )
    }
    return try driver.release(mark)
  }
}

/// The volume snapshots of several drivers.
private final class CombinedSnapshotSet: SnapshotSet {
  var sets: [any SnapshotSet] = []

  func flush() throws { for set in sets { try set.flush() } }

  func take() throws { for set in sets { try set.take() } }

  func take(holding writers: [ProcessID]) throws {
    for set in sets { try set.take(holding: writers) }
  }

  func identify() throws -> [VolumeSnapshot] { try sets.flatMap { try $0.identify() } }

  func discard() throws {
    var failure: (any Error)?
    for set in sets.reversed() {
      do { try set.discard() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  func verify() throws { for set in sets { try set.verify() } }

  var traces: OwnTraces {
    sets.reduce(into: OwnTraces()) { $0.add($1.traces) }
  }
}
