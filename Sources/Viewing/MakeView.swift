import Machine
package import Planning
package import Snapshotting

/// Opens every piece of `plan`, frozen ones through their volume snapshots.
///
/// - Parameters:
///   - plan: What `snapshots` were taken for.
///   - snapshots: One for each volume of the plan.
///   - traces: From the sets of volume snapshots.
/// - Returns: The view. Nothing in it appears in any mount table; it goes away with its last use.
/// - Throws: ``ViewError``.
package func makeView(
  of plan: Plan,
  snapshots: [VolumeSnapshot] = [],
  traces: OwnTraces = OwnTraces()
) throws -> View {
  let devices = deviceIDs(of: snapshots.filter { $0.hot == nil }.map(\.mark.volume))
  let tops = Dictionary(snapshots.map { ($0.mark.volume.key, $0) }) { first, _ in first }
  var roots = try plan.pieces.map { piece in
    do {
      if case .frozen(let key, let inside) = piece.coverage {
        guard let snapshot = tops[key], let device = devices[key] else {
          preconditionFailure("every volume of a plan is snapshotted")
        }
        let stubs = plan.volume(key)?.nestingDirectories ?? []
        return try frozenRoot(piece, inside, snapshot, device, stubsIn: stubs, traces)
      }
      let hot = piece.coverage.volume.flatMap { tops[$0]?.hot }
      return try liveRoot(piece, hot, traces)
    } catch {
      throw ViewError(path: piece.path, cause: error)
    }
  }
  if !roots.contains(where: { $0.path == "/" }) {
    let top = SharedDescriptor(try openDirectory(exactly: "/"))
    roots.append(ViewRoot(path: "/", directory: top, kind: .live, traces: traces))
  }
  return View(roots: roots)
}

private func frozenRoot(
  _ piece: PlannedPiece,
  _ inside: FilePath,
  _ snapshot: VolumeSnapshot,
  _ deviceID: UInt64,
  stubsIn stubDirectories: Set<UInt64>,
  _ traces: OwnTraces
) throws -> ViewRoot {
  let folder = piece.isDirectory ? inside : inside.removingLastComponent()
  let directory = try openDirectory(beneath: snapshot.top.raw, folder, subject: piece.path)
  return ViewRoot(
    path: piece.path,
    directory: SharedDescriptor(directory),
    entry: piece.isDirectory ? nil : inside.lastComponent.map { FileName($0.bytes) },
    kind: .frozen(deviceID: deviceID),
    mount: snapshot.top,
    stubDirectories: stubDirectories,
    traces: traces
  )
}

private func liveRoot(
  _ piece: PlannedPiece,
  _ hot: HotSet?,
  _ traces: OwnTraces
) throws -> ViewRoot {
  let folder = piece.isDirectory ? piece.path : piece.path.removingLastComponent()
  let directory: SharedDescriptor
  if let hot {
    // Opened later it could be another one.
    guard let start = hot.starts[piece.path] else {
      throw SystemCallError(call: "open", subject: folder, errno: .noSuchFileOrDirectory)
    }
    directory = start
  } else {
    // As a place: what may not be read is an error of who reads it, and nothing gets mounted.
    directory = SharedDescriptor(try openAsPlace(folder))
  }
  let kind: ViewRoot.Kind =
    if case .omitted(let reason) = piece.coverage { .omitted(reason: reason) } else { .live }
  return ViewRoot(
    path: piece.path,
    directory: directory,
    entry: piece.isDirectory ? nil : piece.path.lastComponent.map { FileName($0.bytes) },
    kind: kind,
    hot: hot,
    traces: traces
  )
}

/// A number for each volume that stays the same from backup to backup: 2^32 ≤ number < 2^53.
///
/// So it is never a real `st_dev`, and exact in JSON. Equal numbers would make restic join files
/// of two volumes as hard links, so what collides gets the next one.
package func deviceIDs(of volumes: [Volume]) -> [VolumeKey: UInt64] {
  var ids: [VolumeKey: UInt64] = [:]
  var taken: Set<UInt64> = []
  let ordered = volumes.sorted { name(of: $0).lexicographicallyPrecedes(name(of: $1)) }
  for volume in ordered where ids[volume.key] == nil {
    var id = deviceID(from: name(of: volume))
    while !taken.insert(id).inserted { id = deviceID(following: id) }
    ids[volume.key] = id
  }
  return ids
}

/// The first number after 32-bit device numbers.
private let idMin: UInt64 = 1 << 32
/// Doubles are exact below this.
private let idEnd: UInt64 = 1 << 53

private func deviceID(following id: UInt64) -> UInt64 { id + 1 == idEnd ? idMin : id + 1 }

/// FNV-1a of 64 bits, brought into the range.
private func deviceID(from name: [UInt8]) -> UInt64 {
  let hash = name.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  return idMin + hash % (idEnd - idMin)
}

/// What never changes of a volume, as the bytes that its number is made from.
///
/// An old btrfs has a top level without a uuid of its own; there the file system's serves.
private func name(of volume: Volume) -> [UInt8] {
  if case .btrfs(let fileSystem, let number, let uuid) = volume.name {
    return Array((uuid.isZero ? "\(fileSystem.digits)/\(number)" : uuid.digits).utf8)
  }
  return Array("\(volume.mechanism.rawValue) \(volume.identity)".utf8)
}
