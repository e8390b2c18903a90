import Machine
import Planning
import Quiescing
import Snapshotting

/// The content of a record in the journal: lines of `name value`.
///
///     stillpoint 2
///     run 5ba0…                              32 digits
///     owner BOOT PROCESS START
///     snapshot MECHANISM VOLUME UUID TYPE WHOLE DEVICE DIRECTORY NAME IDENTITY
///     hold KIND WHAT
///     end
///
/// One line `snapshot` or `hold` for each. KIND is `group`, `filesystem`, `process` or `hook`, WHAT a
/// path or `NUMBER:START` of a process. VOLUME is what the mechanism calls it: `FILESYSTEM/NUMBER` of
/// btrfs, a dataset, `GROUP/NAME` of a logical volume, a source on a network. Bytes other than
/// letters, digits and `/-._` are written as `%` and two digits. IDENTITY is `-` until it is known.
struct JournalEntry: Hashable {
  var run: RunID
  var owner: ProcessIdentity
  var marks: [SnapshotMark]
  var holds: [LastingHold] = []

  init(run: RunID, owner: ProcessIdentity, marks: [SnapshotMark], holds: [LastingHold] = []) {
    self.run = run
    self.owner = owner
    self.marks = marks
    self.holds = holds
  }

  func encoded() -> [UInt8] {
    let lines =
      [
        "stillpoint 2",
        "run \(run.digits)",
        "owner \(owner.boot) \(owner.number) \(owner.started)",
      ] + marks.map(Self.line(of:)) + holds.map(Self.line(of:)) + ["end", ""]
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// Reads a record; nil when it is damaged or of a later version.
  init?(parsing bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ") }
    guard lines.count >= 5, lines[0] == ["stillpoint", "2"],
      lines[lines.count - 2] == ["end"], lines[lines.count - 1].isEmpty,
      lines[1].count == 2, lines[1][0] == "run", let run = RunID(lines[1][1]),
      lines[2].count == 4, lines[2][0] == "owner", let boot = VolumeID(lines[2][1]),
      let number = ProcessID(lines[2][2]), let started = UInt64(lines[2][3])
    else { return nil }
    self.run = run
    owner = ProcessIdentity(boot: boot, number: number, started: started)
    marks = []
    for line in lines[3..<(lines.count - 2)] {
      if let hold = Self.hold(from: line) {
        holds.append(hold)
      } else if let mark = Self.mark(from: line, run) {
        marks.append(mark)
      } else {
        return nil
      }
    }
  }

  private static func line(of hold: LastingHold) -> String {
    switch hold {
    case .group(let path): "hold group \(escaped(path.bytes))"
    case .fileSystem(let path): "hold filesystem \(escaped(path.bytes))"
    case .hook(let path): "hold hook \(escaped(path.bytes))"
    case .process(let number, let started): "hold process \(number):\(started)"
    }
  }

  private static func hold(from fields: [Substring]) -> LastingHold? {
    guard fields.count == 3, fields[0] == "hold" else { return nil }
    if fields[1] == "process" {
      let parts = fields[2].split(separator: ":")
      guard parts.count == 2, let number = ProcessID(parts[0]), let started = UInt64(parts[1])
      else { return nil }
      return .process(number, started: started)
    }
    guard let path = unescaped(fields[2]).map({ FilePath(bytes: $0) }) else { return nil }
    switch fields[1] {
    case "group": return .group(path)
    case "filesystem": return .fileSystem(path)
    case "hook": return .hook(path)
    default: return nil
    }
  }

  private static func line(of mark: SnapshotMark) -> String {
    let volume = mark.volume
    return [
      "snapshot", volume.mechanism.rawValue, escaped(address(of: volume.name).utf8),
      escaped(volume.identity.utf8), escaped(volume.type.utf8), volume.isWhole ? "whole" : "part",
      escaped(volume.device.bytes), escaped(volume.directory.bytes), escaped(mark.name.bytes),
      mark.identity.map { escaped($0.utf8) } ?? "-",
    ].joined(separator: " ")
  }

  private static func mark(from fields: [Substring], _ run: RunID) -> SnapshotMark? {
    guard fields.count == 10, fields[0] == "snapshot",
      let mechanism = Mechanism(rawValue: String(fields[1])),
      let address = unescaped(fields[2]).map({ String(decoding: $0, as: UTF8.self) }),
      let identity = unescaped(fields[3]).map({ String(decoding: $0, as: UTF8.self) }),
      let volumeName = volumeName(mechanism, address, identity),
      let type = unescaped(fields[4]), ["whole", "part"].contains(fields[5]),
      let device = unescaped(fields[6]), let directory = unescaped(fields[7]),
      let name = unescaped(fields[8]), !name.contains(UInt8(ascii: "/")),
      let made = unescaped(fields[9])
    else { return nil }
    return SnapshotMark(
      volume: Volume(
        name: volumeName,
        device: FilePath(bytes: device),
        type: String(decoding: type, as: UTF8.self),
        directory: FilePath(bytes: directory),
        isWhole: fields[5] == "whole"
      ),
      run: run,
      name: FileName(name),
      identity: fields[9] == "-" ? nil : String(decoding: made, as: UTF8.self)
    )
  }

  private static func address(of name: VolumeName) -> String {
    switch name {
    case .btrfs(let fileSystem, let number, _): "\(fileSystem)/\(number)"
    case .zfs(let dataset, _): dataset
    case .lvm(let group, let name, _, _): "\(group)/\(name)"
    case .apfs(let uuid): uuid
    case .cephfs(let source): source
    case .mounted(let device, _): "\(device)"
    }
  }

  private static func volumeName(
    _ mechanism: Mechanism,
    _ address: String,
    _ identity: String
  ) -> VolumeName? {
    let parts = address.split(separator: "/")
    switch mechanism {
    case .btrfs:
      guard parts.count == 2, let fileSystem = VolumeID(parts[0]), let number = UInt64(parts[1]),
        let uuid = VolumeID(identity)
      else { return nil }
      return .btrfs(fileSystem: fileSystem, number: number, uuid: uuid)
    case .zfs:
      return UInt64(identity).map { .zfs(dataset: address, guid: $0) }
    case .lvm, .lvmThin:
      guard parts.count == 2 else { return nil }
      return .lvm(
        group: String(parts[0]),
        name: String(parts[1]),
        uuid: identity,
        isThin: mechanism == .lvmThin
      )
    case .apfs: return .apfs(uuid: identity)
    case .cephfs: return .cephfs(source: identity)
    // Nothing is made of them that could be left.
    case .clone, .live: return nil
    }
  }

  private static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let scalar = Unicode.Scalar(byte)
      if byte < 0x80,
        scalar.properties.isAlphabetic || "0123456789/-._".unicodeScalars.contains(scalar)
      {
        return String(Character(scalar))
      }
      return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static func unescaped(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), code != 0
      else { return nil }
      bytes.append(code)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
