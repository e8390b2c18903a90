package import Machine
package import Planning
import Synchronization

/// Freezes logical volumes with a file system right on them, by the programs of LVM.
///
/// The kernel freezes the file system while its volume snapshot is taken. Volume snapshots carry
/// the run as a tag from the beginning, and are mounted where nobody sees it.
package final class LVMDriver: SnapshotDriver {
  /// Mounts the file system of a type on a volume snapshot read-only.
  package typealias Mounting =
    @Sendable (_ snapshot: LogicalVolume, _ type: String) throws -> SharedDescriptor

  let tool: LVMTool
  let mount: Mounting
  /// How long writes are counted to guess how many there will be.
  private let sampleLength: Duration
  private let count = Atomic(0)

  /// Makes a driver.
  ///
  /// - Parameters:
  ///   - tools: Runs the programs.
  ///   - devices: What the kernel says of devices.
  ///   - sampleLength: How long writes are counted before a thick volume snapshot.
  ///   - mount: As the kernel does it when left out.
  package init(
    tools: any CommandRunner = SystemCommandRunner(),
    devices: BlockDevices = BlockDevices(),
    sampleLength: Duration = .milliseconds(200),
    mount: @escaping Mounting = LVMDriver.mountPrivately
  ) {
    tool = LVMTool(tools: tools, devices: devices)
    self.sampleLength = sampleLength
    self.mount = mount
  }

  package var mechanisms: Set<Mechanism> { [.lvm, .lvmThin] }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    volumes.filter { mechanisms.contains($0.mechanism) }.map { volume in
      let number = count.add(1, ordering: .relaxed).oldValue
      // No dashes, which the device mapper doubles.
      let name = FileName("stillpoint_\(run.digits)_\(number)")
      return SnapshotMark(volume: volume, run: run, name: name)
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    var members = try marks.map { mark -> LVMSnapshotSet.Member in
      try preparing(mark) {
        let source = SharedDescriptor(try openDirectory(exactly: mark.volume.directory))
        let metadata = try fileMetadata(in: source.raw, subject: mark.volume.directory)
        return LVMSnapshotSet.Member(mark: mark, source: source, device: metadata.device)
      }
    }
    if members.contains(where: { $0.mark.volume.mechanism == .lvm }) {
      try preparing(marks[0]) { try size(&members) }
    }
    return LVMSnapshotSet(members: members, tool: tool, mount: mount)
  }

  /// Decides how large the stores of thick volume snapshots are.
  private func size(_ members: inout [LVMSnapshotSet.Member]) throws {
    let devices = tool.devices
    let before = members.map { devices.bytesWritten(to: $0.device) ?? 0 }
    _ = StopSignal().wait(for: sampleLength)
    let after = members.map { devices.bytesWritten(to: $0.device) ?? 0 }
    var groups = try VolumeGroup.asked(tool.tools).reduce(into: [:]) { $0[$1.name] = $1 }
    let volumes = try LogicalVolume.asked(tool.tools)
    for index in members.indices where members[index].mark.volume.mechanism == .lvm {
      let (group, name, uuid) = members[index].mark.volume.lvm
      guard let origin = volumes.first(where: { $0.uuid == uuid }), let found = groups[group] else {
        throw NoSuchVolume(name: "\(group)/\(name)")
      }
      let store = SnapshotStore(
        originBytes: origin.sizeBytes,
        extentBytes: found.extentBytes,
        freeExtents: found.freeExtents
      )
      guard store.hasRoom else { throw NoRoom(group: group, store: store) }
      let now = Double(after[index] &- before[index]) / max(0.001, sampleLength.seconds)
      let usually = after[index] / max(1, devices.secondsSinceStart)
      let rate = max(usually, UInt64(now))
      let extents = store.extents(writingPerSecond: rate)
      members[index].extents = extents
      groups[group]?.freeExtents -= min(extents, found.freeExtents)
    }
  }

  private func preparing<Value>(_ mark: SnapshotMark, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw SnapshotError(
        attempt: "prepare a volume snapshot",
        subject: mark.volume.directory,
        cause: error
      )
    }
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    do {
      return try tool.removeLeftover(mark)
    } catch {
      throw SnapshotError(
        attempt: "remove the volume snapshot \(mark.name.text)",
        subject: mark.volume.directory,
        cause: error
      )
    }
  }

  /// Mounts a volume snapshot so that the mount goes away with the descriptor.
  ///
  /// Its device is writable: the file system tidies up on it, as after a power loss.
  package static func mountPrivately(
    _ snapshot: LogicalVolume,
    _ type: String
  ) throws -> SharedDescriptor {
    let name = LVM.deviceName(group: snapshot.group, name: snapshot.name)
    let device = FilePath("/dev/mapper/\(name)")
    let isXFS = type == "xfs"
    let top = SharedDescriptor(
      try PrivateMount.make(
        type: type,
        device: device,
        // An overflow must not be what the file system is told to end the machine for.
        options: isXFS ? [:] : ["errors": "continue"],
        flags: isXFS ? ["ro", "nouuid"] : ["ro"],
        isReadOnly: true
      )
    )
    let number = try fileMetadata(in: top.raw, subject: device).device
    guard let found = BlockDevices().device(number),
      case .logicalVolume(_, _, snapshot.uuid, layer: nil) = found.kind
    else { throw NoSuchVolume(name: snapshot.path) }
    return top
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

extension SnapshotMark {
  /// The tag of its volume snapshot.
  var lvmTag: String { "stillpoint_\(run.digits)" }

  /// `GROUP/NAME` of its volume snapshot.
  var lvmPath: String { "\(volume.lvm.group)/\(name.text)" }
}

extension Volume {
  /// What LVM calls a volume of LVM, the only ones that the driver is handed.
  var lvm: (group: String, name: String, uuid: String) {
    guard case .lvm(let group, let name, let uuid, _) = name else {
      preconditionFailure("a driver is handed volumes of its own mechanism")
    }
    return (group, name, uuid)
  }
}

/// A logical volume that isn't there any more.
struct NoSuchVolume: Error, Hashable, CustomStringConvertible {
  var name: String
  var description: String { "LVM doesn't know \(name) any more" }
}

/// Too little is free in a volume group.
struct NoRoom: Error, Hashable, CustomStringConvertible {
  var group: String
  var store: SnapshotStore

  var description: String {
    "\(mebibytes(store.freeExtents * store.extentBytes)) are free in the volume group \(group), and "
      + "at least \(mebibytes(store.leastExtents * store.extentBytes)) are needed"
  }
}
