import Keeping
package import Machine
import Snapshotting

/// Looks for what crashed runs have left, and for what keeps backups from being an instant.
///
/// - Parameters:
///   - stateFolder: Where the journal is.
///   - isRepairing: Whether what our own runs have left is released; nothing else ever is.
/// - Returns: What was found.
/// - Throws: ``SystemCallError`` when the journal or `/proc` can't be read.
package func diagnose(stateFolder: FilePath, isRepairing: Bool) throws -> [Finding] {
  let leftovers = Leftovers(
    journal: Journal(folder: stateFolder),
    driver: SnapshotDrivers.all(state: stateFolder)
  )
  var findings: [Finding] = []
  if isRepairing {
    findings += try leftovers.releaseAll().map { Finding(.repaired, $0) }
  }
  let hint =
    isRepairing
    ? "mend what keeps it from being removed, then try again" : "doctor --repair removes it"
  findings += try leftovers.list().map { Finding(.leftover, $0, hint: hint) }
  let runs = try leftovers.journal.runs()
  return try findings + stoppedProcesses() + frozenGroups() + swapFiles() + foreignSnapshots()
    + (ZFS.isLoaded ? diagnosePools(besides: runs, by: SystemCommandRunner()) : [])
    + diagnoseLogicalVolumes(besides: runs) + missingRights()
}

/// Stopped processes write nothing, but whoever waits for them waits for ever.
private func stoppedProcesses() throws -> [Finding] {
  let table = try ProcessTable()
  var processes: [ProcessID] = []
  table.listProcesses(into: &processes)
  return processes.compactMap { process in
    guard let status = table.status(of: process), status.state == UInt8(ascii: "T") else {
      return nil
    }
    return Finding(
      .stopped,
      "\(status.name) (pid \(process)) is stopped",
      hint: "if nobody stopped it on purpose: kill -CONT \(process)"
    )
  }
}

private func frozenGroups() throws -> [Finding] {
  let mounts = try MountTable.current().visible().filter { $0.type == "cgroup2" }
  var folders = mounts.map(\.mountPoint)
  var findings: [Finding] = []
  while let folder = folders.popLast() {
    let file = folder.appending("cgroup.freeze")
    if (try? readKernelFile(file))?.first == UInt8(ascii: "1") {
      findings.append(
        Finding(.stopped, "the control group \(folder) is frozen", hint: "echo 0 > \(file)")
      )
    }
    folders += subfolders(of: folder)
  }
  return findings
}

private func subfolders(of folder: FilePath) -> [FilePath] {
  entries(of: folder).filter { (try? fileMetadata(of: $0))?.type == .directory }
}

private func entries(of folder: FilePath) -> [FilePath] {
  ((try? LocalFiles.names(in: folder)) ?? []).map { name in
    FilePath(bytes: folder.bytes + [UInt8(ascii: "/")] + name.bytes)
  }
}

private func swapFiles() -> [Finding] {
  swapFilePaths().map { path in
    Finding(
      .swap,
      "\(path) is in use as swap space; its btrfs subvolume can't be snapshotted",
      hint: "keep it in a subvolume of its own"
    )
  }
}

/// What other programs call their volume snapshots while they make backups.
private let foreignNames = [".borgmatic-snapshot-", "borgmatic-", "duplicati-"]

private func foreignSnapshots() throws -> [Finding] {
  try MountTable.current().visible().filter { $0.type == "btrfs" }.flatMap { mount in
    entries(of: mount.mountPoint)
      .filter { path in
        let name = path.lastComponent?.string ?? ""
        return foreignNames.contains { name.hasPrefix($0) }
          && (try? fileMetadata(of: path))?.inode == BtrfsSubvolume.topInode
      }
      .map { Finding(.foreign, "\($0) looks like another program's volume snapshot") }
  }
}

private func missingRights() throws -> [Finding] {
  var findings: [Finding] = []
  if !mayAdministrate {
    findings.append(
      Finding(
        .missing,
        "no right to administrate file systems: only own btrfs subvolumes can be snapshotted",
        hint: "run as root"
      )
    )
  }
  if try !ProcessTable().mayTraceEveryone {
    findings.append(
      Finding(.missing, "no right to hold programs of other users", hint: "run as root")
    )
  }
  if mayAdministrate, (try? FanotifyGate()) == nil {
    findings.append(
      Finding(
        .missing,
        "the kernel can't make openers wait (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)",
        hint: "short-lived writers may need several tries"
      )
    )
  }
  return findings
}
