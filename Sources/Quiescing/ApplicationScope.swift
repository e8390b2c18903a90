package import Machine
package import Planning

/// The files of a backup, as far as it matters for who has them open.
package struct ApplicationScope {
  package let plan: Plan
  private let inputs: PlanInputs
  /// `st_dev` of what is read.
  private let devices: Set<UInt64>

  /// Looks which devices there are.
  ///
  /// - Parameters:
  ///   - plan: How each piece is read.
  ///   - inputs: What it was made from.
  package init(plan: Plan, inputs: PlanInputs) {
    self.plan = plan
    self.inputs = inputs
    devices = Set(
      plan.pieces.compactMap { piece in
        if case .omitted = piece.coverage { return nil }
        return try? fileMetadata(of: piece.path).device
      }
    )
  }

  /// Whether files of this device, `st_dev`, may be among the sources.
  package func mayHold(device: UInt64) -> Bool { devices.contains(device) }

  /// The mounts that can be reached by a path.
  package var mounts: [Mount] { inputs.mounts }

  /// The piece that a file is read with.
  ///
  /// - Parameters:
  ///   - path: Of the file, absolute and without symbolic links.
  ///   - size: Of the file, in bytes.
  /// - Returns: Nil when it isn't in the backup.
  package func piece(of path: FilePath, size: UInt64) -> PlannedPiece? {
    if let sizeMax = inputs.exclusions.sizeMax, size > sizeMax { return nil }
    let isHeld = inputs.sources.contains { source in
      path.starts(with: source.path) && !inputs.isLeftOut(path, of: source)
        && !isMarked(path, from: source)
    }
    guard isHeld, let piece = plan.pieces.last(where: { path.starts(with: $0.path) }) else {
      return nil
    }
    if case .omitted = piece.coverage { return nil }
    return piece
  }

  /// The piece that files of a folder are read with, as far as their names don't matter.
  ///
  /// - Returns: Nil when they aren't in the backup.
  func piece(below folder: FilePath) -> PlannedPiece? {
    piece(of: folder.appending("any"), size: 0)
  }

  /// Whether a file in a directory above `path` leaves it out.
  private func isMarked(_ path: FilePath, from source: SourcePlace) -> Bool {
    let markers = inputs.exclusions.markers
    guard !markers.isEmpty, source.isDirectory else { return false }
    var name = path.lastComponent
    var directory = path.removingLastComponent()
    while directory.starts(with: source.path) {
      if let opened = try? openDirectory(exactly: directory) {
        let isMarked = markers.contains { marker in
          marker.isPresent(in: opened.raw, directory)
            && name.map { !marker.name.bytes.elementsEqual($0.bytes) } ?? true
        }
        if isMarked { return true }
      }
      guard directory != source.path else { break }
      name = directory.lastComponent
      directory.removeLastComponent()
    }
    return false
  }
}
