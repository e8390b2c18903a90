package import Machine
package import Planning
import Synchronization

/// Freezes volumes of APFS by macOS's own programs.
///
/// Written from their manual pages and tested against a stand-in, never on a Mac. The volume
/// snapshots have Time Machine's names, which carry no mark of ours: only what was recorded by its
/// uuid is ever deleted. What a run leaves that is killed before it knows the uuid, macOS purges
/// by itself.
package final class APFSDriver: SnapshotDriver {
  private let tool: APFSTool
  private let count = Atomic(0)

  /// Makes a driver.
  ///
  /// - Parameters:
  ///   - state: The folder in which volume snapshots are mounted.
  ///   - tools: Runs the programs.
  package init(state: FilePath, tools: any CommandRunner = SystemCommandRunner()) {
    tool = APFSTool(tools: tools, state: state)
  }

  package var mechanisms: Set<Mechanism> { [.apfs] }

  /// The name is that of the directory in which it will be mounted.
  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    volumes.filter { $0.mechanism == .apfs }.map { volume in
      let number = count.add(1, ordering: .relaxed).oldValue
      let name = FileName("apfs-\(run.digits)-\(number)")
      return SnapshotMark(volume: volume, run: run, name: name)
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    let members = try marks.map { mark in
      do {
        return APFSSnapshotSet.Member(mark: mark, former: Set(try tool.list(mark).map(\.uuid)))
      } catch {
        let path = mark.volume.directory
        throw SnapshotError(attempt: "prepare a volume snapshot", subject: path, cause: error)
      }
    }
    return APFSSnapshotSet(members: members, tool: tool)
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    do {
      return try tool.release(mark)
    } catch {
      throw SnapshotError(
        attempt: "remove the volume snapshot \(mark.name.text)",
        subject: mark.volume.directory,
        cause: error
      )
    }
  }
}

/// What is done with volume snapshots of APFS, each step by one command.
struct APFSTool: Sendable {
  let tools: any CommandRunner
  let state: FilePath

  /// Where a volume snapshot is mounted.
  func place(of mark: SnapshotMark) -> FilePath { state.appending(mark.name.text) }

  /// Takes volume snapshots of all volumes; the name that each of them has.
  func take() throws -> String {
    guard let date = APFS.date(parsing: try tools.run(APFS.take)) else {
      throw UnknownAnswer(command: APFS.take)
    }
    return APFS.name(ofDate: date)
  }

  /// The volume snapshots of a volume.
  func list(_ mark: SnapshotMark) throws -> [APFS.Snapshot] {
    let command = APFS.list(mark.volume.directory)
    guard let found = APFS.snapshots(parsing: try tools.run(command)) else {
      throw UnknownAnswer(command: command)
    }
    return found
  }

  /// Mounts a volume snapshot in a directory of our own.
  func mount(_ name: String, _ mark: SnapshotMark) throws -> SharedDescriptor {
    let place = place(of: mark)
    try LocalFiles.makeDirectory(place)
    try tools.run(APFS.mount(name, of: mark.volume.directory, at: place))
    return SharedDescriptor(try openDirectory(exactly: place))
  }

  /// Unmounts it, and deletes it when its uuid is as recorded.
  func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    let place = place(of: mark)
    if (try? fileMetadata(of: place)) != nil {
      // It may never have been mounted; a directory that still is can't be removed.
      _ = try? tools.run(APFS.unmount(place))
      let folder = try openDirectory(exactly: state)
      try removeDirectory(in: folder.raw, mark.name, subject: place)
    }
    guard let uuid = mark.identity, try list(mark).contains(where: { $0.uuid == uuid }) else {
      return .absent
    }
    try tools.run(APFS.delete(uuid, of: mark.volume.directory))
    return .removed
  }
}

/// A program's answer that isn't what its manual says.
struct UnknownAnswer: Error, CustomStringConvertible {
  var command: Command
  var description: String { "the answer of `\(command)` can't be understood" }
}
