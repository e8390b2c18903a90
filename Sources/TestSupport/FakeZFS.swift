package import Machine
import Synchronization

/// What stands in for the program `zfs`: pools in memory, and every command that it was asked.
package final class FakeZFS: CommandRunner {
  /// A volume snapshot.
  package struct Snapshot: Hashable, Sendable {
    package var guid: UInt64
    package var properties: [String: String] = [:]
    package var holds: Set<String> = []
    /// How many more times it is busy.
    package var timesBusy = 0

    package init(guid: UInt64, properties: [String: String] = [:]) {
      self.guid = guid
      self.properties = properties
    }
  }

  /// Everything there is.
  package struct State: Sendable {
    /// Guids by name.
    package var datasets: [String: UInt64] = [:]
    /// By `DATASET@NAME`.
    package var snapshots: [String: Snapshot] = [:]
    /// In percent, by pool; what `zpool` says.
    package var capacities: [String: Int] = [:]
    package var commands: [Command] = []
    /// A command with this first argument does its work and then fails, as if it was killed.
    package var killed: String?
    var nextGUID: UInt64 = 1000
  }

  private let state: Mutex<State>

  package init(datasets: [String: UInt64]) { state = Mutex(State(datasets: datasets)) }

  /// Looks at what there is, or changes it.
  package func with<Value>(_ body: (inout State) -> Value) -> Value {
    state.withLock { state in
      var copy = state
      defer { state = copy }
      return body(&copy)
    }
  }

  /// The first arguments of all commands, in order.
  package var verbs: [String] { with { $0.commands.compactMap(\.arguments.first) } }

  @discardableResult
  package func run(_ command: Command) throws(CommandError) -> [UInt8] {
    let answer = with { state -> Result<String, Refusal> in
      state.commands.append(command)
      let done = Result { () throws(Refusal) -> String in
        command.tool == "zpool" ? state.listPools() : try state.run(command.arguments)
      }
      return state.killed == command.arguments.first ? .failure(Refusal(reason: "killed")) : done
    }
    switch answer {
    case .success(let text): return Array(text.utf8)
    case .failure(let refusal):
      throw CommandError(
        command: command,
        reason: .exited(status: 1),
        standardError: refusal.reason
      )
    }
  }
}

private struct Refusal: Error {
  var reason: String
}

extension FakeZFS.State {
  fileprivate mutating func run(_ arguments: [String]) throws(Refusal) -> String {
    let names = Array(arguments.dropFirst(2))
    switch arguments[0] {
    case "get": return try get(arguments)
    case "snapshot": return try snapshot(Array(arguments.dropFirst(3)), arguments[2])
    case "hold":
      for name in names { try change(name) { $0.holds.insert(arguments[1]) } }
    case "holds":
      return try names.map { name throws(Refusal) in
        try find(name).holds.map { "\(name)\t\($0)\tThu Nov 26 01:31 2026\n" }.joined()
      }.joined()
    case "release":
      for name in names {
        guard try find(name).holds.contains(arguments[1]) else {
          throw Refusal(reason: "cannot release hold from snapshot '\(name)': no such tag")
        }
        try change(name) { $0.holds.remove(arguments[1]) }
      }
    case "destroy": try destroy(arguments[1])
    default: throw Refusal(reason: "unrecognized command '\(arguments[0])'")
    }
    return ""
  }

  // list -Hp -o name,capacity
  fileprivate func listPools() -> String {
    capacities.map { "\($0)\t\($1)\n" }.joined()
  }

  // get -Hp -o name,property,value [-t filesystem] PROPERTIES NAME…
  // get -Hp -o name,property,value -s local,received -t snapshot PROPERTY
  private func get(_ arguments: [String]) throws(Refusal) -> String {
    if arguments[4] == "-s" {
      return snapshots.sorted { $0.key < $1.key }.compactMap { name, found in
        found.properties[arguments[8]].map { "\(name)\t\(arguments[8])\t\($0)\n" }
      }.joined()
    }
    let isOfAll = arguments[4] == "-t"
    let properties = arguments[isOfAll ? 6 : 4].split(separator: ",").map(String.init)
    let names = isOfAll ? datasets.keys.sorted() : Array(arguments.dropFirst(5))
    return try names.map { name throws(Refusal) in
      let found =
        if let guid = datasets[name] { FakeZFS.Snapshot(guid: guid) } else { try find(name) }
      return properties.map { property in
        let value = property == "guid" ? "\(found.guid)" : found.properties[property] ?? "-"
        return "\(name)\t\(property)\t\(value)\n"
      }.joined()
    }.joined()
  }

  private mutating func snapshot(_ names: [String], _ setting: String) throws(Refusal) -> String {
    let parts = setting.split(separator: "=").map(String.init)
    guard Set(names.map { $0.prefix { $0 != "/" && $0 != "@" } }).count == 1 else {
      throw Refusal(reason: "cannot create snapshots: snapshots must be in the same pool")
    }
    for name in names {
      guard datasets[String(name.prefix { $0 != "@" })] != nil else {
        throw Refusal(reason: "cannot open '\(name)': dataset does not exist")
      }
      guard snapshots[name] == nil else { throw Refusal(reason: "dataset already exists") }
    }
    for name in names {
      nextGUID += 1
      snapshots[name] = FakeZFS.Snapshot(guid: nextGUID, properties: [parts[0]: parts[1]])
    }
    return ""
  }

  private mutating func destroy(_ name: String) throws(Refusal) {
    let found = try find(name)
    guard found.holds.isEmpty else { throw Refusal(reason: "it's being held") }
    guard found.timesBusy == 0 else {
      try change(name) { $0.timesBusy -= 1 }
      throw Refusal(reason: "cannot destroy snapshot \(name): dataset is busy")
    }
    snapshots[name] = nil
  }

  private func find(_ name: String) throws(Refusal) -> FakeZFS.Snapshot {
    guard let found = snapshots[name] else {
      throw Refusal(reason: "cannot open '\(name)': dataset does not exist")
    }
    return found
  }

  private mutating func change(
    _ name: String,
    _ body: (inout FakeZFS.Snapshot) -> Void
  ) throws(Refusal) {
    var found = try find(name)
    body(&found)
    snapshots[name] = found
  }
}
