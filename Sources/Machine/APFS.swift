import FoundationEssentials

/// What macOS's programs are asked about volume snapshots of APFS, and what they answer.
///
/// Source: `tmutil(8)`, `mount_apfs(8)`, `diskutil(8)`; not tried on a Mac.
package enum APFS {
  /// One volume snapshot of a volume.
  package struct Snapshot: Hashable, Sendable {
    package var name: String
    package var uuid: String

    package init(name: String, uuid: String) {
      self.name = name
      self.uuid = uuid
    }
  }

  /// Takes a volume snapshot of every volume that Time Machine backs up.
  ///
  /// - Returns: The command; ``date(parsing:)`` reads its output.
  package static let take = Command("tmutil", "localsnapshot")

  /// Reads what ``take`` prints: a date such as `2026-11-26-031500`, by which it is known.
  package static func date(parsing output: [UInt8]) -> String? {
    let text = String(decoding: output, as: UTF8.self)
    return text.firstMatch(of: /snapshot with date: (\d{4}-\d{2}-\d{2}-\d{6})/)
      .map { String($0.output.1) }
  }

  /// What Time Machine calls the volume snapshot of that date, on each volume.
  package static func name(ofDate date: String) -> String {
    "com.apple.TimeMachine.\(date).local"
  }

  /// Asks for the volume snapshots of the volume that is mounted at `path`.
  ///
  /// - Returns: The command; ``snapshots(parsing:)`` reads its output.
  package static func list(_ path: FilePath) -> Command {
    Command("diskutil", "apfs", "listSnapshots", "-plist", path.string)
  }

  /// Reads what ``list(_:)`` prints, a property list; nil when it isn't one.
  package static func snapshots(parsing output: [UInt8]) -> [Snapshot]? {
    struct Listing: Decodable {
      struct Entry: Decodable {
        var SnapshotName: String
        var SnapshotUUID: String
      }
      var Snapshots: [Entry]
    }
    return (try? PropertyListDecoder().decode(Listing.self, from: Data(output)))?
      .Snapshots.map { Snapshot(name: $0.SnapshotName, uuid: $0.SnapshotUUID) }
  }

  /// Mounts a volume snapshot read-only where the Finder doesn't show it.
  ///
  /// - Parameters:
  ///   - name: Of the volume snapshot.
  ///   - volume: Where its volume is mounted.
  ///   - directory: An empty one.
  /// - Returns: The command.
  package static func mount(_ name: String, of volume: FilePath, at directory: FilePath) -> Command
  {
    Command("mount_apfs", "-o", "rdonly,nobrowse", "-s", name, volume.string, directory.string)
  }

  /// Ends ``mount(_:of:at:)``.
  package static func unmount(_ directory: FilePath) -> Command {
    Command("umount", directory.string)
  }

  /// Deletes one volume snapshot of one volume, by its uuid.
  package static func delete(_ uuid: String, of volume: FilePath) -> Command {
    Command("diskutil", "apfs", "deleteSnapshot", volume.string, "-uuid", uuid)
  }
}
