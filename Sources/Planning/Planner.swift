import Machine

/// Decides how each piece of the sources is read.
///
/// - Parameters:
///   - policy: `off` plans no pieces at all: everything is seen live through `/`.
///   - inputs: What is known of the machine.
/// - Returns: The plan.
/// - Throws: ``PlanError`` when the policy requires volume snapshots and a piece can't have one.
package func makePlan(policy: SnapshotPolicy, inputs: PlanInputs) throws -> Plan {
  guard policy != .off else { return Plan(pieces: [], volumes: []) }
  var planner = Planner(inputs: inputs)
  for source in inputs.sources { planner.add(source) }
  var plan = planner.plan
  plan.unread = inputs.unreadDatasets()
  if policy == .required, let first = plan.livePieces.first {
    throw PlanError(
      attempt: "take a volume snapshot for",
      subject: first.path,
      cause: NoVolumeSnapshot(reason: first.reason),
      hint: "with --snapshot-policy on, it is read while it may change"
    )
  }
  return plan
}

/// Why a piece can't be read from a volume snapshot.
package struct NoVolumeSnapshot: Error, Hashable, CustomStringConvertible {
  package var reason: String
  package var description: String { reason }
}

/// Collects pieces source by source.
struct Planner {
  let inputs: PlanInputs
  private var pieces: [FilePath: PlannedPiece] = [:]
  private var volumes: [VolumeKey: Volume] = [:]

  fileprivate init(inputs: PlanInputs) { self.inputs = inputs }

  /// What was collected, in order.
  fileprivate var plan: Plan {
    let ordered = pieces.values.sorted {
      $0.path.bytes.lexicographicallyPrecedes($1.path.bytes)
    }
    let needed = ordered.compactMap(\.coverage.volume)
    var seen: Set<VolumeKey> = []
    return Plan(
      pieces: ordered,
      volumes: needed.filter { seen.insert($0).inserted }.compactMap { volumes[$0] }
    )
  }

  fileprivate mutating func add(_ source: SourcePlace) {
    let mount = inputs.mount(of: source.directory)
    let home = identity(of: source.directory, on: mount)
    addStart(source.directory, mount, of: source, home, wholeTree: source.isDirectory)
    var closed: [FilePath] = []
    for mount in inputs.mounts(partOf: source) {
      let path = mount.mountPoint
      if let above = closed.first(where: { path.starts(with: $0) }) {
        if !isPseudo(mount), mount.type != "autofs" {
          add(path, .omitted(reason: "below \(above), which isn't read"))
        }
      } else if let reason = reasonToOmit(mount, home) {
        closed.append(path)
        add(path, .omitted(reason: reason))
      } else {
        addStart(path, mount, of: source, home, wholeTree: true)
      }
    }
  }

  /// Adds the directory where a source or a mount begins, and the subvolumes below it.
  private mutating func addStart(
    _ path: FilePath,
    _ mount: Mount?,
    of source: SourcePlace,
    _ home: FileSystemIdentity?,
    wholeTree: Bool
  ) {
    let isSource = path == source.directory
    if let mount, let coverage = coverageOfWhole(path, mount) {
      add(path, heldIfPossible(coverage, path, on: mount), isSource: isSource)
      return
    }
    guard let findings = inputs.btrfs[path], let mount, let first = findings.places.first else {
      let coverage = coverage(on: mount, problem: inputs.btrfs[path]?.problem)
      add(path, heldIfPossible(coverage, path, on: mount), isSource: isSource)
      return
    }
    add(path, possible(coverage(of: first, on: mount)), isSource: isSource)
    guard wholeTree else { return }
    for place in findings.places.dropFirst()
    where inputs.mount(of: place.path) == mount && !inputs.isLeftOut(place.path, of: source) {
      let staysHere = inputs.exclusions.staysOnFileSystem
      let isOutside = staysHere && FileSystemIdentity.btrfs(place.key) != home
      add(
        place.path,
        isOutside ? .omitted(reason: "another subvolume") : possible(coverage(of: place, on: mount))
      )
    }
  }

  private mutating func add(_ path: FilePath, _ coverage: Coverage, isSource: Bool = false) {
    let known = pieces[path]
    pieces[path] = PlannedPiece(
      path: path,
      isDirectory: !inputs.fileMounts.contains(path),
      // What one source leaves out, another may ask for.
      coverage: known.map { isOmitted($0.coverage) ? coverage : $0.coverage } ?? coverage,
      isSource: isSource || known?.isSource == true
    )
  }

  private func isOmitted(_ coverage: Coverage) -> Bool {
    if case .omitted = coverage { true } else { false }
  }

  // MARK: How a place can be read

  /// How a directory can be read where the volume is all that is mounted there; nil for others.
  private mutating func coverageOfWhole(_ path: FilePath, _ mount: Mount) -> Coverage? {
    switch mount.type {
    case "zfs": coverageOnZFS(of: path, on: mount)
    case "btrfs": nil
    default: coverageOnCephFS(of: path, on: mount) ?? coverageOnLVM(of: path, on: mount)
    }
  }

  private mutating func coverage(of place: BtrfsPlace, on mount: Mount) -> Coverage {
    if mount.isFileSystemReadOnly { return .still(reason: "its file system is read-only") }
    if inputs.swapDevices.contains(place.device) {
      return .live(reason: "a file in its subvolume is in use as swap space")
    }
    // A read-only subvolume needs no volume snapshot, and any user may open it.
    if place.subvolume.isReadOnly, inputs.isPrivileged || place.top != nil,
      let inside = place.inside
    {
      remember(place, mount)
      return .frozen(place.key, inside: inside)
    }
    if !inputs.isPrivileged, let reason = reasonNotOurs(place, mount) {
      return .live(reason: reason)
    }
    guard let inside = place.inside else {
      return .live(reason: "only a folder of its subvolume is mounted here")
    }
    remember(place, mount)
    return .frozen(place.key, inside: inside)
  }

  /// Why a user other than root can't take a volume snapshot of `place`.
  private func reasonNotOurs(_ place: BtrfsPlace, _ mount: Mount) -> String? {
    if !mount.superOptions.contains("user_subvol_rm_allowed") {
      return "its file system isn't mounted with user_subvol_rm_allowed; root can snapshot it"
    }
    if place.top == nil { return "only a folder of its subvolume is mounted here" }
    if !place.isOwn { return "its subvolume belongs to another user; root can snapshot it" }
    if mount.isReadOnly { return "it is mounted read-only here; root can snapshot it" }
    return nil
  }

  private mutating func remember(_ place: BtrfsPlace, _ mount: Mount) {
    remember(
      Volume(
        name: .btrfs(
          fileSystem: place.fileSystem,
          number: place.subvolume.id,
          uuid: place.subvolume.uuid
        ),
        device: mount.source,
        type: mount.type,
        directory: place.top ?? place.path,
        isWhole: place.top != nil,
        isReadOnly: place.subvolume.isReadOnly,
        nestingDirectories: place.nestingDirectories
      )
    )
  }

  /// Has a volume snapshotted; where only a part of it was known, its top is better.
  mutating func remember(_ volume: Volume) {
    if let known = volumes[volume.key], known.isWhole || !volume.isWhole { return }
    volumes[volume.key] = volume
  }

  /// The same, but live where that was tried and failed.
  private func possible(_ coverage: Coverage) -> Coverage {
    coverage.volume.flatMap { inputs.refused[$0] }.map { .live(reason: $0) } ?? coverage
  }

  /// The same with writers held, when `path` would be read live and that helps.
  private mutating func heldIfPossible(
    _ coverage: Coverage,
    _ path: FilePath,
    on mount: Mount?
  ) -> Coverage {
    let coverage = possible(coverage)
    guard case .live(let reason) = coverage, inputs.mayHoldWriters, let mount,
      !inputs.fileMounts.contains(path), let mechanism = Mechanism(heldOn: mount.type)
    else { return coverage }
    let name = VolumeName.mounted(device: mount.device, clones: mechanism == .clone)
    var volume = Volume(
      name: name,
      device: mount.source,
      type: mount.type,
      directory: path,
      isWhole: mount.root == "/" && mount.mountPoint == path
    )
    volume = volumes[volume.key] ?? volume
    if !volume.startingPoints.contains(path) { volume.startingPoints.append(path) }
    volumes[volume.key] = volume
    return possible(.held(volume.key, because: reason))
  }

  private func coverage(on mount: Mount?, problem: String?) -> Coverage {
    guard let mount else { return .live(reason: "its mount isn't in the mount table") }
    if mount.isFileSystemReadOnly { return .still(reason: "its file system is read-only") }
    return .live(reason: problem ?? "\(mount.type) here has no volume snapshots")
  }

  // MARK: What is left out

  private func reasonToOmit(_ mount: Mount, _ home: FileSystemIdentity?) -> String? {
    if mount.type == "autofs" { return "it is mounted when someone looks; we don't" }
    if mount.isVolumeSnapshotOfZFS, mount.mountPoint.components.contains(".zfs") {
      return "ZFS shows a volume snapshot here"
    }
    if isPseudo(mount) { return "the kernel makes its content (\(mount.type))" }
    if inputs.exclusions.staysOnFileSystem, identity(of: mount.mountPoint, on: mount) != home {
      return "another file system"
    }
    return nil
  }

  private func identity(of path: FilePath, on mount: Mount?) -> FileSystemIdentity? {
    if let place = inputs.btrfs[path]?.places.first { return .btrfs(place.key) }
    return mount.map { .device($0.device) }
  }
}

/// What `--one-file-system` compares.
private enum FileSystemIdentity: Hashable {
  case btrfs(VolumeKey)
  case device(UInt64)
}

private func isPseudo(_ mount: Mount) -> Bool { pseudoFileSystems.contains(mount.type) }

/// File systems whose content the kernel makes: nothing in them can be restored.
private let pseudoFileSystems: Set = [
  "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts",
  "devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "proc", "pstore",
  "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs",
]
