import Machine

extension GuestOrder {
  /// Gives this process, which has one thread, mounts of its own in which the frozen pieces stand
  /// at their paths, read-only, and everything else is as it is.
  ///
  /// Nobody else sees them; they go away with the last process that has them.
  ///
  /// - Throws: ``SystemCallError``.
  func mountView() throws {
    try MountTree.separate()
    let frozen = try frozenMounts()
    let mounts = try MountTable.current().visible().map(\.mountPoint)
    let placements = placements(
      frozen: Dictionary(pieces.map { ($0.path, $0.isSource) }) { first, _ in first },
      live: live + mounts,
      kept: kept
    )
    // All that is to be seen again is taken hold of before anything hides it.
    let prepared = try placements.map { try Prepared($0, frozen) }
    for item in prepared { try item.attach() }
  }

  /// A mount for each frozen piece, attached nowhere.
  private func frozenMounts() throws -> [FilePath: SharedDescriptor] {
    var mounts: [FilePath: SharedDescriptor] = [:]
    var stubborn: [CInt: [Piece]] = [:]
    for piece in pieces {
      if let mount = try piece.makeMountIfDetached() {
        mounts[piece.path] = mount
      } else {
        stubborn[piece.mount, default: []].append(piece)
      }
    }
    // Nobody else sees that they are attached for a moment.
    for (mount, group) in stubborn {
      try MountTree.attach(mount, at: "/")
      for piece in group { mounts[piece.path] = try piece.makeMount() }
      try MountTree.detach(mount, subject: group[0].path)
    }
    return mounts
  }
}

extension GuestOrder.Piece {
  /// The same; nil when the private mount that it is on must be attached for that, as before
  /// Linux 6.15.
  fileprivate func makeMountIfDetached() throws -> SharedDescriptor? {
    do {
      return try makeMount()
    } catch let error as SystemCallError where error.errno == .invalidArgument && mount >= 0 {
      return nil
    }
  }

  /// A read-only mount of the piece that allows no more than the mount in its place.
  fileprivate func makeMount() throws -> SharedDescriptor {
    let mount = try MountTree.copy(of: entry, in: directory, subject: path)
    let restrictions = try MountTree.restrictions(at: path)
    try MountTree.restrict(mount.raw, restrictions, subject: path)
    return SharedDescriptor(mount)
  }
}

/// A placement with its mount, which isn't attached yet.
private struct Prepared {
  let path: FilePath
  /// Nil when there is nothing to be seen at the path.
  let mount: SharedDescriptor?

  init(_ placement: Placement, _ frozen: [FilePath: SharedDescriptor]) throws {
    path = placement.path
    switch placement.kind {
    case .frozen: mount = frozen[placement.path]
    case .live: mount = try Self.live(placement.path)
    case .kept: mount = SharedDescriptor(try MountTree.copy(of: path, whole: true))
    }
  }

  /// A mount of what stands at `path`; nil when nobody can get there.
  private static func live(_ path: FilePath) throws -> SharedDescriptor? {
    do {
      return SharedDescriptor(try MountTree.copy(of: path, whole: false))
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  func attach() throws {
    guard let mount else { return }
    try MountTree.attach(mount.raw, at: path)
    if path == "/" { try MountTree.changeRoot(to: mount.raw) }
  }
}
