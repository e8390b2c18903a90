package import Machine
package import Planning
import Synchronization

/// Freezes ZFS datasets by the program `zfs`: those of a pool at one moment.
///
/// Volume snapshots carry the run in the user property `stillpoint:run` from the beginning, and
/// are held so that whoever prunes others' leaves them alone. They are mounted where nobody sees
/// it, never through `.zfs/snapshot`: what is mounted there stays busy for minutes.
package final class ZFSDriver: SnapshotDriver {
  /// Mounts the volume snapshot with that name read-only.
  package typealias Mounting = @Sendable (String) throws -> SharedDescriptor

  let tool: ZFSTool
  let mount: Mounting
  private let count = Atomic(0)

  /// Makes a driver.
  ///
  /// - Parameters:
  ///   - tools: Runs `zfs`.
  ///   - mount: As the kernel does it when left out.
  package init(
    tools: any CommandRunner = SystemCommandRunner(),
    mount: @escaping Mounting = ZFSDriver.mountPrivately
  ) {
    tool = ZFSTool(tools: tools)
    self.mount = mount
  }

  package var mechanisms: Set<Mechanism> { [.zfs] }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    // One name for all: they belong together, as after `zfs snapshot -r`.
    let number = count.add(1, ordering: .relaxed).oldValue
    let name = FileName("stillpoint-\(run.digits)-\(number)")
    return volumes.filter { $0.mechanism == .zfs }.map {
      SnapshotMark(volume: $0, run: run, name: name)
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    let members = try marks.map { mark -> ZFSSnapshotSet.Member in
      do {
        let directory = try openDirectory(exactly: mark.volume.directory)
        let metadata = try fileMetadata(in: directory.raw, subject: mark.volume.directory)
        return ZFSSnapshotSet.Member(
          mark: mark,
          source: SharedDescriptor(directory),
          topInode: mark.volume.isWhole ? metadata.inode : nil
        )
      } catch {
        throw SnapshotError(
          attempt: "prepare a volume snapshot",
          subject: mark.volume.directory,
          cause: error
        )
      }
    }
    return ZFSSnapshotSet(members: members, tool: tool, mount: mount)
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    do {
      return try tool.removeLeftover(mark)
    } catch {
      throw SnapshotError(
        attempt: "remove the volume snapshot \(mark.name.text)",
        subject: mark.volume.directory,
        cause: error
      )
    }
  }

  /// Looks for volume snapshots with our mark, whoever made them and wherever they were sent.
  ///
  /// - Returns: Those of runs that `runs` doesn't have, in the order of their names.
  /// - Throws: ``CommandError``.
  package func marked(besides runs: Set<RunID>) throws -> [MarkedSnapshot] {
    let known = Set(runs.map(\.digits))
    return try tool.marked().filter { !known.contains($0.value) }.sorted { $0.key < $1.key }
      .map { MarkedSnapshot(name: $0.key, tag: "stillpoint-\($0.value)") }
  }

  /// Mounts a volume snapshot so that the mount goes away with the descriptor.
  package static func mountPrivately(_ name: String) throws -> SharedDescriptor {
    SharedDescriptor(
      try PrivateMount.make(type: "zfs", device: FilePath(name), options: [:], isReadOnly: true)
    )
  }
}

/// A volume snapshot of ZFS that carries our mark.
package struct MarkedSnapshot: Hashable, Sendable {
  /// `DATASET@NAME`.
  package var name: String
  /// Of the hold that its run put on it.
  package var tag: String
}

extension SnapshotMark {
  /// `DATASET@NAME`.
  var zfsName: String { "\(volume.zfs.dataset)@\(name.text)" }

  /// The value of ``ZFSTool/property``.
  var zfsRun: String { run.digits }

  /// The tag of our hold.
  var zfsTag: String { "stillpoint-\(run.digits)" }
}

extension Volume {
  /// What ZFS calls a volume of ZFS, the only ones that the driver is handed.
  var zfs: (dataset: String, guid: UInt64) {
    guard case .zfs(let dataset, let guid) = name else {
      preconditionFailure("a driver is handed volumes of its own mechanism")
    }
    return (dataset, guid)
  }
}
