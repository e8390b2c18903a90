package import Machine

/// Something that the user wants to be held for the instant, besides what is found.
package enum HoldRequest: Hashable, Sendable {
  /// The programs of a folder freeze and thaw something.
  case hooks(FilePath)
  /// A systemd unit is frozen.
  case unit(String)
  /// A container of Podman or Docker is frozen.
  case container(String)
  /// A control group is frozen, by its folder.
  case group(FilePath)
  /// Processes of this name are stopped.
  case processes(named: String)
  case process(ProcessID)
  /// The file system of a directory is frozen.
  case fileSystem(FilePath)
}

/// Finds what the user asked for.
///
/// - Parameters:
///   - requests: What was asked for; they are held in this order.
///   - record: Where it is written down.
///   - runner: Runs `systemctl`, `podman` and `docker`.
///   - refusal: Why the file system of a directory can't be frozen; nil when it can.
/// - Returns: One for each thing to be held.
/// - Throws: ``QuiesceError`` for what isn't there.
package func quiescers(
  for requests: [HoldRequest],
  record: any HoldRecord,
  runner: any CommandRunner = SystemCommandRunner(),
  refusal: (FilePath) -> String?
) throws -> [any Quiescer] {
  if requests.isEmpty { return [] }
  let groups = try GroupFinder(runner)
  return try requests.flatMap { request -> [any Quiescer] in
    switch request {
    case .hooks(let folder):
      let found = try hooks(in: folder)
      if found.isEmpty { throw QuiesceError("no program in \(folder) can be executed") }
      return found.map { LastingQuiescer(hook: $0, record) }
    case .unit(let name):
      return [LastingQuiescer(try groups.group(ofUnit: name), named: "unit \(name)", record)]
    case .container(let name):
      let group = try groups.group(ofContainer: name)
      return [LastingQuiescer(group, named: "container \(name)", record)]
    case .group(let folder):
      guard let group = ControlGroup(folder: folder) else {
        throw QuiesceError("\(folder) is no control group that can be frozen")
      }
      return [LastingQuiescer(group, named: "control group", record)]
    case .process(let number):
      guard let process = try ProcessIdentity(number: number) else {
        throw QuiesceError("there is no process \(number)")
      }
      return [LastingQuiescer(stopping: process, named: "\(number)", record)]
    case .processes(let name):
      let found = try processes(named: name)
      if found.isEmpty { throw QuiesceError("no process is called \(name)") }
      return found.map {
        LastingQuiescer(stopping: $0, named: "\(name) (\($0.number))", record)
      }
    case .fileSystem(let directory):
      if (try? fileMetadata(of: directory, followingLinks: true)) == nil {
        throw QuiesceError("there is no \(directory)")
      }
      let reason = refusal(directory)
      return [LastingQuiescer(freezingFileSystemOf: directory, refusal: reason, record)]
    }
  }
}

/// The processes that call themselves so.
private func processes(named name: String) throws -> [ProcessIdentity] {
  let table = try ProcessTable()
  var numbers: [ProcessID] = []
  table.listProcesses(into: &numbers)
  // The kernel keeps 15 bytes of a name.
  let short = String(decoding: name.utf8.prefix(15), as: UTF8.self)
  return try numbers.filter { table.status(of: $0)?.name == short }
    .compactMap { try ProcessIdentity(number: $0) }
}

/// Finds control groups by what people know.
private struct GroupFinder {
  private let runner: any CommandRunner
  private let mounts: MountTable

  init(_ runner: any CommandRunner) throws {
    self.runner = runner
    mounts = try MountTable.current()
  }

  func group(ofUnit name: String) throws -> ControlGroup {
    let path = try runner.text(
      of: Command("systemctl", "show", "--property", "ControlGroup", "--value", "--", name)
    )
    guard path.hasPrefix("/"), path != "/" else {
      throw QuiesceError("the unit \(name) doesn't run")
    }
    let mount = mounts.visible().first { $0.type == "cgroup2" }
    guard let mount,
      let group = ControlGroup(folder: mount.mountPoint.appending(String(path.dropFirst())))
    else { throw QuiesceError("the unit \(name) has no control group that can be frozen") }
    return group
  }

  func group(ofContainer name: String) throws -> ControlGroup {
    for tool in ["podman", "docker"] {
      let command = Command(tool, "inspect", "--format", "{{.State.Pid}}", "--", name)
      guard let text = try? runner.text(of: command), let process = ProcessID(text), process > 0
      else { continue }
      guard let group = try ControlGroup(of: process, mounts: mounts) else { continue }
      return group
    }
    throw QuiesceError("neither podman nor docker runs a container \(name)")
  }
}
