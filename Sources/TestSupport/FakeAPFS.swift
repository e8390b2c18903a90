import Foundation
package import Machine
import Synchronization

/// What stands in for macOS's programs: volumes are directories, volume snapshots copies of them.
package final class FakeAPFS: CommandRunner {
  /// Everything there is.
  package struct State: Sendable {
    /// By the directory of the volume.
    package var snapshots: [FilePath: [APFS.Snapshot]] = [:]
    package var commands: [Command] = []
    /// A program of this name does its work and then fails, as if it was killed.
    package var killed: String?
    var second = 0
    var uuids = 0
  }

  private let state: Mutex<State>
  private let store: FilePath

  /// Makes volumes of directories; `store` is an empty one for what is frozen.
  package init(volumes: [FilePath], store: FilePath) {
    self.store = store
    let none = volumes.map { ($0, [APFS.Snapshot]()) }
    state = Mutex(State(snapshots: Dictionary(uniqueKeysWithValues: none)))
  }

  /// Looks at what there is, or changes it.
  package func with<Value: Sendable>(_ body: @Sendable (inout State) throws -> Value) rethrows
    -> Value
  {
    try state.withLock { try body(&$0) }
  }

  /// The uuids of the volume snapshots of a volume.
  package func uuids(of volume: FilePath) -> [String] {
    with { $0.snapshots[volume, default: []].map(\.uuid) }
  }

  @discardableResult
  package func run(_ command: Command) throws(CommandError) -> [UInt8] {
    let store = store
    do {
      return try with { state in
        state.commands.append(command)
        let answer = try state.run(command, store)
        if state.killed == command.tool { throw Refusal(reason: "killed") }
        return Array(answer.utf8)
      }
    } catch {
      throw CommandError(
        command: command,
        reason: .exited(status: 1),
        standardError: (error as? Refusal)?.reason ?? "\(error)"
      )
    }
  }
}

private struct Refusal: Error {
  var reason: String
}

extension FakeAPFS.State {
  fileprivate mutating func run(_ command: Command, _ store: FilePath) throws -> String {
    let arguments = command.arguments
    switch (command.tool, arguments.first) {
    case ("tmutil", "localsnapshot"): return try take(store)
    case ("diskutil", "apfs") where arguments[1] == "listSnapshots":
      return try list(FilePath(arguments[3]))
    case ("diskutil", "apfs") where arguments[1] == "deleteSnapshot":
      return try delete(arguments[4], of: FilePath(arguments[2]), store)
    case ("mount_apfs", _): return try mount(arguments, store)
    case ("umount", _): return try unmount(FilePath(arguments[0]))
    default: throw Refusal(reason: "unknown: \(command)")
    }
  }

  private mutating func take(_ store: FilePath) throws -> String {
    second += 1
    let date = "2026-11-26-0315\(second < 10 ? "0" : "")\(second)"
    for volume in snapshots.keys {
      uuids += 1
      let uuid = "UUID-\(uuids)"
      try FileManager.default.copyItem(
        atPath: volume.string,
        toPath: store.appending(uuid).string
      )
      snapshots[volume]?.append(APFS.Snapshot(name: APFS.name(ofDate: date), uuid: uuid))
    }
    return """
      NOTE: local snapshots are considered purgeable and may be removed at any time by deleted(8).
      Created local snapshot with date: \(date)

      """
  }

  private func list(_ volume: FilePath) throws -> String {
    guard let found = snapshots[volume] else { throw Refusal(reason: "no volume: \(volume)") }
    let entries = found.map { snapshot in
      """
      <dict><key>SnapshotName</key><string>\(snapshot.name)</string>
      <key>SnapshotUUID</key><string>\(snapshot.uuid)</string>
      <key>SnapshotXID</key><integer>7</integer></dict>
      """
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <plist version="1.0"><dict><key>Snapshots</key><array>\(entries.joined())</array></dict></plist>
      """
  }

  private mutating func delete(
    _ uuid: String,
    of volume: FilePath,
    _ store: FilePath
  ) throws -> String {
    guard let index = snapshots[volume]?.firstIndex(where: { $0.uuid == uuid }) else {
      throw Refusal(reason: "no volume snapshot \(uuid)")
    }
    snapshots[volume]?.remove(at: index)
    try FileManager.default.removeItem(atPath: store.appending(uuid).string)
    return ""
  }

  private func mount(_ arguments: [String], _ store: FilePath) throws -> String {
    guard arguments.count == 6, arguments[0...2] == ["-o", "rdonly,nobrowse", "-s"],
      let snapshot = snapshots[FilePath(arguments[4])]?.last(where: { $0.name == arguments[3] })
    else { throw Refusal(reason: "can't mount: \(arguments)") }
    let frozen = store.appending(snapshot.uuid).string
    for name in try FileManager.default.contentsOfDirectory(atPath: frozen) {
      try FileManager.default.copyItem(
        atPath: "\(frozen)/\(name)",
        toPath: "\(arguments[5])/\(name)"
      )
    }
    return ""
  }

  private func unmount(_ place: FilePath) throws -> String {
    for name in try FileManager.default.contentsOfDirectory(atPath: place.string) {
      try FileManager.default.removeItem(atPath: place.appending(name).string)
    }
    return ""
  }
}
