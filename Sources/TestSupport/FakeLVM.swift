package import Machine
import Synchronization

/// What stands in for the programs of LVM: volume groups in memory, and every command that they
/// were given.
package final class FakeLVM: CommandRunner {
  /// Everything there is.
  package struct State: Sendable {
    package var groups: [VolumeGroup]
    package var volumes: [LogicalVolume]
    package var commands: [Command] = []
    /// This program does its work and then fails, as if it was killed.
    package var killed: String?
    /// How many more times a logical volume is busy, by path.
    package var timesBusy: [String: Int] = [:]
    /// Called by what lets a suspended device go on.
    package var resume: (@Sendable (_ program: String) -> Void)?
    var count = 0

    package func volume(_ path: String) -> LogicalVolume? { volumes.first { $0.path == path } }

    package mutating func change(_ path: String, _ body: (inout LogicalVolume) -> Void) {
      if let index = volumes.firstIndex(where: { $0.path == path }) { body(&volumes[index]) }
    }
  }

  private let state: Mutex<State>

  package init(groups: [VolumeGroup], volumes: [LogicalVolume]) {
    state = Mutex(State(groups: groups, volumes: volumes))
  }

  /// Looks at what there is, or changes it.
  package func with<Value>(_ body: (inout State) -> Value) -> Value {
    state.withLock { state in
      var copy = state
      defer { state = copy }
      return body(&copy)
    }
  }

  /// The programs that were run, in order.
  package var tools: [String] { with { $0.commands.map(\.tool) } }

  @discardableResult
  package func run(_ command: Command) throws(CommandError) -> [UInt8] {
    let answer = with { state -> Result<String, Refusal> in
      state.commands.append(command)
      let done = Result { () throws(Refusal) -> String in try state.run(command) }
      return state.killed == command.tool ? .failure(Refusal(reason: "killed")) : done
    }
    switch answer {
    case .success(let text): return Array(text.utf8)
    case .failure(let refusal):
      throw CommandError(
        command: command,
        reason: .exited(status: 5),
        standardError: refusal.reason
      )
    }
  }
}

private struct Refusal: Error {
  var reason: String
}

extension FakeLVM.State {
  fileprivate mutating func run(_ command: Command) throws(Refusal) -> String {
    let arguments = command.arguments
    switch command.tool {
    case "lvs": return Self.report("lv", volumes.map(\.row))
    case "vgs": return Self.report("vg", groups.map(\.row))
    case "lvcreate": try create(arguments)
    case "lvextend": try extend(arguments)
    case "lvremove": try remove(arguments)
    case "lvchange": resume?("lvchange")
    case "udevadm": break
    case "dmsetup" where arguments[0] == "resume": resume?("dmsetup")
    case "dmsetup": return try fill(ofDevice: arguments[1])
    default: throw Refusal(reason: "unrecognized program \(command)")
    }
    return ""
  }

  private static func report(_ kind: String, _ rows: [String]) -> String {
    "  {\"report\": [{\"\(kind)\": [\(rows.joined(separator: ","))]}], \"log\": []}\n"
  }

  private static func value(after option: String, in arguments: [String]) -> String? {
    arguments.firstIndex(of: option).map { arguments[$0 + 1] }
  }

  // … --snapshot … [--extents N] --addtag TAG --name NAME GROUP/ORIGIN
  private mutating func create(_ arguments: [String]) throws(Refusal) {
    guard let path = arguments.last, let origin = volume(path),
      let name = Self.value(after: "--name", in: arguments),
      let tag = Self.value(after: "--addtag", in: arguments)
    else { throw Refusal(reason: "Failed to find logical volume") }
    guard volume("\(origin.group)/\(name)") == nil else {
      throw Refusal(reason: "Logical Volume \"\(name)\" already exists")
    }
    count += 1
    var made = LogicalVolume(
      group: origin.group,
      name: name,
      uuid: "made-\(count)",
      sizeBytes: origin.sizeBytes,
      attributes: "Vwi-a-tz--",
      tags: [tag],
      origin: origin.name,
      originUUID: origin.uuid,
      pool: origin.pool
    )
    if let extents = Self.value(after: "--extents", in: arguments).flatMap({ UInt64($0) }) {
      try take(extents, from: origin.group)
      made.sizeBytes = extents * (groups.first { $0.name == origin.group }?.extentBytes ?? 0)
      made.attributes = "swi-a-s---"
      made.pool = nil
      made.dataPercent = 0.02
    }
    volumes.append(made)
  }

  private mutating func take(_ extents: UInt64, from group: String) throws(Refusal) {
    guard let index = groups.firstIndex(where: { $0.name == group }),
      groups[index].freeExtents >= extents
    else { throw Refusal(reason: "Volume group \"\(group)\" has insufficient free space") }
    groups[index].freeExtents -= extents
  }

  // --yes --quiet --extents +N GROUP/NAME
  private mutating func extend(_ arguments: [String]) throws(Refusal) {
    guard let extents = UInt64(arguments[3].dropFirst()), let found = volume(arguments[4]) else {
      throw Refusal(reason: "Failed to find logical volume")
    }
    try take(extents, from: found.group)
    let bytes = extents * (groups.first { $0.name == found.group }?.extentBytes ?? 0)
    change(found.path) { volume in
      let share = Double(volume.sizeBytes) / Double(volume.sizeBytes + bytes)
      volume.sizeBytes += bytes
      volume.dataPercent = volume.dataPercent.map { $0 * share }
    }
  }

  // --yes --quiet --select 'lv_uuid="…" && lv_tags="…"' GROUP/NAME
  private mutating func remove(_ arguments: [String]) throws(Refusal) {
    guard let found = volume(arguments[4]) else {
      throw Refusal(reason: "Failed to find logical volume \"\(arguments[4])\"")
    }
    let wanted = arguments[3].split(separator: "\"").map(String.init)
    guard wanted[1] == found.uuid, found.tags.contains(wanted[3]) else { return }
    if let times = timesBusy[found.path], times > 0 {
      timesBusy[found.path] = times - 1
      throw Refusal(reason: "Logical volume \(found.path) in use.")
    }
    volumes.removeAll { $0.uuid == found.uuid }
  }

  private func fill(ofDevice name: String) throws(Refusal) -> String {
    let found = volumes.first { LVM.deviceName(group: $0.group, name: $0.name) == name }
    guard let found else { throw Refusal(reason: "Device does not exist.") }
    if found.isInvalid { return "0 8192 snapshot Invalid\n" }
    return "0 8192 snapshot \(Int((found.dataPercent ?? 0) * 100))/10000 16\n"
  }
}

extension LogicalVolume {
  fileprivate var row: String {
    func percent(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let fields = [
      "vg_name": group, "vg_uuid": groupUUID, "lv_name": name, "lv_uuid": uuid,
      "lv_size": "\(sizeBytes)", "lv_attr": attributes,
      "lv_tags": tags.sorted().joined(separator: ","), "origin": origin ?? "",
      "origin_uuid": originUUID ?? "", "pool_lv": pool ?? "",
      "data_percent": percent(dataPercent), "metadata_percent": percent(metadataPercent),
      "lv_check_needed": needsCheck ? "check needed" : "unknown",
    ]
    return "{" + fields.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ", ") + "}"
  }
}

extension VolumeGroup {
  fileprivate var row: String {
    "{\"vg_name\":\"\(name)\", \"vg_uuid\":\"\(uuid)\", \"vg_extent_size\":\"\(extentBytes)\", "
      + "\"vg_extent_count\":\"\(extents)\", \"vg_free_count\":\"\(freeExtents)\"}"
  }
}
