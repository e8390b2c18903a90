import Machine
import Planning

/// Our volume snapshots of one volume that it demonstrably went on from, as a note beside the
/// journal.
///
/// A disk can be put back to an earlier state, as that of a virtual machine is. The file system
/// then counts the same transactions once more, and what it says of changes since one of them is
/// about another history. It does say when the volume was last snapshotted: as long as that is
/// each time the last that we know of, history went on from there.
///
///     TRANSACTION UUID          one line for each, the newest last
struct SnapshotChain {
  /// The folder of our state.
  let folder: FilePath
  let volume: Volume

  /// A line of the note.
  private struct Link {
    var transaction: UInt64
    var identity: String
  }

  /// How many are worth keeping.
  private static let countMax = 64

  private var note: FilePath {
    let (name, number) = (volume.btrfs, volume.btrfs.number)
    return folder.appending("snapshots-\(name.fileSystem.digits)-\(number)-\(name.uuid.digits)")
  }

  /// Adds a volume snapshot.
  ///
  /// - Parameters:
  ///   - identity: Its uuid.
  ///   - transaction: The last that it shows.
  ///   - previous: The transaction of the volume snapshot before it, whoever made that.
  /// - Returns: The transactions of those that the volume went on from, by their uuids.
  /// - Throws: ``SystemCallError``.
  func add(
    _ identity: String,
    _ transaction: UInt64,
    after previous: UInt64
  ) throws -> [String: UInt64] {
    try withLockFile(folder.appending("snapshots.lock")) {
      var links = read()
      if links.last?.transaction != previous { links = [] }
      let earlier = links.map { ($0.identity, $0.transaction) }
      links.append(Link(transaction: transaction, identity: identity))
      let lines = links.suffix(Self.countMax).map { "\($0.transaction) \($0.identity)\n" }
      try LocalFiles.replace(note, with: Array(lines.joined().utf8))
      return Dictionary(earlier) { _, last in last }
    }
  }

  private func read() -> [Link] {
    guard let bytes = try? LocalFiles.read(note) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, let transaction = UInt64(parts[0]) else { return nil }
      return Link(transaction: transaction, identity: String(parts[1]))
    }
  }
}
