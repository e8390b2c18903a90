package import Machine

extension PlanInputs {
  /// Asks the machine what a plan for `sources` needs; nothing is changed, nothing is mounted.
  ///
  /// A source that can't be looked at is left out: whoever reads it will say why it can't be.
  ///
  /// - Parameters:
  ///   - sources: Absolute and normalised.
  ///   - exclusions: What is left out.
  ///   - tools: Runs the programs that know volumes.
  /// - Returns: The inputs.
  /// - Throws: ``PlanError`` when the mount table can't be read.
  package static func gathered(
    for sources: [FilePath],
    exclusions: Exclusions = Exclusions(),
    tools: any CommandRunner = SystemCommandRunner()
  ) throws -> PlanInputs {
    let table: MountTable
    do {
      table = try MountTable.current()
    } catch {
      throw PlanError(attempt: "read", subject: "/proc/self/mountinfo", cause: error)
    }
    var inputs = PlanInputs(
      sources: sources.compactMap(place(of:)),
      mounts: table.visible(),
      isPrivileged: mayAdministrate
    )
    inputs.exclusions = exclusions
    inputs.swapDevices = devicesWithSwap()
    for source in inputs.sources { inputs.look(at: source) }
    inputs.zfs = ZFSFindings(of: inputs.mountsOfZFS, by: tools)
    inputs.lvm = LVMFindings(
      of: inputs.mountsWithSources.filter { $0.type != "btrfs" && $0.type != "zfs" },
      isPrivileged: inputs.isPrivileged,
      by: tools
    )
    return inputs
  }

  private static func place(of source: FilePath) -> SourcePlace? {
    guard let name = source.lastComponent else { return SourcePlace(path: "/", directory: "/") }
    guard let parent = try? realPath(source.removingLastComponent()) else { return nil }
    let path = parent.appending(name)
    guard let metadata = try? fileMetadata(of: path) else { return nil }
    return SourcePlace(
      path: path,
      directory: metadata.type == .directory ? path : parent,
      given: source
    )
  }

  private mutating func look(at source: SourcePlace) {
    if mount(of: source.directory)?.type == "btrfs" {
      btrfs[source.directory] = BtrfsFindings(lookingAt: source.directory)
    }
    for mount in mounts(partOf: source) where !isAutomatic(mount) {
      let path = mount.mountPoint
      if let metadata = try? fileMetadata(of: path), metadata.type != .directory {
        fileMounts.insert(path)
      }
      if mount.type == "btrfs", btrfs[path] == nil {
        btrfs[path] = BtrfsFindings(lookingAt: path)
      }
    }
  }

  /// The mounts at sources and below them.
  var mountsWithSources: [Mount] {
    sources.flatMap { source in
      [mount(of: source.directory)].compactMap { $0 } + mounts(partOf: source)
    }
  }

  /// Whether looking at the mount point would mount something, or wait for who should.
  private func isAutomatic(_ mount: Mount) -> Bool { mount.type == "autofs" }
}

/// `st_dev` of every file that is in use as swap space.
private func devicesWithSwap() -> Set<UInt64> {
  Set(swapFilePaths().compactMap { try? fileMetadata(of: $0).device })
}
