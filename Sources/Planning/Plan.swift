package import Machine

/// How a piece of the sources is read.
package enum Coverage: Hashable, Sendable {
  /// From a volume snapshot; `inside` is the piece's path from the top of the volume.
  case frozen(VolumeKey, inside: FilePath)
  /// As it is now, but for what writers have open, which is copied while they are held: what
  /// changes later is named. The reason is why there is no volume snapshot.
  case held(VolumeKey, because: String)
  /// As it is now, for the reason given.
  case live(reason: String)
  /// As it is now, and nothing can change it.
  case still(reason: String)
  /// Present as an empty directory.
  case omitted(reason: String)
}

extension Coverage {
  /// The volume that must stand still for it.
  package var volume: VolumeKey? {
    switch self {
    case .frozen(let key, _), .held(let key, _): key
    case .live, .still, .omitted: nil
    }
  }
}

/// A directory, or a file that is a mount point, whose content is read in one way.
package struct PlannedPiece: Hashable, Sendable {
  /// Absolute and without symbolic links.
  package var path: FilePath
  package var isDirectory: Bool
  package var coverage: Coverage
  /// Whether a user asked for it, or for something right in it; otherwise it lies below.
  package var isSource: Bool

  package init(path: FilePath, isDirectory: Bool, coverage: Coverage, isSource: Bool) {
    self.path = path
    self.isDirectory = isDirectory
    self.coverage = coverage
    self.isSource = isSource
  }
}

/// What one backup will do, decided before anything is touched.
package struct Plan: Hashable, Sendable {
  /// In the order of their paths: what lies below another comes after it.
  package var pieces: [PlannedPiece]
  /// Each volume that is to be snapshotted, once.
  package var volumes: [Volume]
  /// What one may take for a part of the sources, and isn't read.
  package var unread: [UnreadVolume] = []

  package init(pieces: [PlannedPiece], volumes: [Volume]) {
    self.pieces = pieces
    self.volumes = volumes
  }

  package func volume(_ key: VolumeKey) -> Volume? { volumes.first { $0.key == key } }

  /// Whether the volumes are of one instant only when nobody writes meanwhile.
  package var needsPause: Bool {
    Set(volumes.map(\.atomicGroup)).count > 1
      || volumes.contains { !$0.isInstantAlone }
  }

  /// Whether openers may be made to wait while the volume snapshots are taken.
  ///
  /// Not where the file system is frozen for them: that waits for openers, who wait for the end.
  package var mayGate: Bool {
    !volumes.contains { $0.mechanism == .lvm || $0.mechanism == .lvmThin }
  }

  /// The best that a piece can reach.
  ///
  /// - Parameters:
  ///   - piece: One of the plan.
  ///   - isProven: Whether volume snapshots of several moments are shown to be of one instant.
  /// - Returns: The grade.
  package func gradeExpected(of piece: PlannedPiece, isProven: Bool) -> Grade {
    switch piece.coverage {
    case .frozen(let key, _):
      if volume(key)?.mechanism.isShared ?? false { return .volume }
      if isProven { return .instant }
      return volume(key)?.isInstantAlone ?? false ? .volume : .none
    case .held: return isProven ? .instant : .file
    case .live: return .file
    case .still, .omitted: return .instant
    }
  }

  /// Why a piece that is read from a volume snapshot can't be of one instant; nil when it can.
  package func limit(of piece: PlannedPiece) -> String? {
    guard case .frozen(let key, _) = piece.coverage, volume(key)?.mechanism.isShared ?? false
    else { return nil }
    return "programs on other machines that write there can't be held"
  }

  /// What will be read while it changes, and why.
  package var livePieces: [(path: FilePath, reason: String)] {
    pieces.compactMap { piece in
      if case .live(let reason) = piece.coverage { (piece.path, reason) } else { nil }
    }
  }

  /// The volumes into whose files programs store through mappings.
  package var mapped: Set<VolumeKey> { Set(volumes.filter(\.isMapped).map(\.key)) }

  /// Counts on programs that store through mappings, also where none was seen just now.
  ///
  /// - Parameter keys: Of volumes; it concerns those of ZFS only.
  package mutating func expectMappings(on keys: Set<VolumeKey>) {
    for index in volumes.indices
    where volumes[index].mechanism == .zfs && keys.contains(volumes[index].key) {
      volumes[index].isMapped = true
    }
  }

  /// Takes note of where volumes hang according to a later plan: the volume snapshots show empty
  /// directories there.
  package mutating func expectStubs(of later: Plan) {
    for index in volumes.indices {
      let now = later.volume(volumes[index].key)?.nestingDirectories ?? []
      volumes[index].nestingDirectories.formUnion(now)
    }
  }

  /// Leaves out the nested volumes that come and go: where one was, a reader finds its stub.
  ///
  /// - Parameter lasting: The volumes to keep.
  package mutating func leaveStubs(forAllBut lasting: Set<VolumeKey>) {
    pieces.removeAll { piece in
      guard case .frozen(let key, _) = piece.coverage else { return false }
      return !piece.isSource && !lasting.contains(key)
    }
    let needed = pieces.compactMap(\.coverage.volume)
    volumes.removeAll { !needed.contains($0.key) }
  }
}
