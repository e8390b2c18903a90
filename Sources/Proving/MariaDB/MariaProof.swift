import Machine

/// Starts MariaDB on a copy of its data, which recovers as after a power loss, and has it check
/// every table.
struct MariaProof<Tree: ProvableTree> {
  let tree: Tree
  let data: ProvableEntry<Tree.Handle>
  let folder: ScratchFolder
  let room: Room
  let deadline: ProofDeadline

  /// - Throws: ``UnreadableEntry``, ``SystemCallError``, ``NoRoom``, ``NoUser``, ``NotConfined``,
  ///   ``NoTimeLeft``, ``Interrupted``.
  func run() throws -> ProofFinding {
    guard let programs = MariaPrograms() else { return .untried("MariaDB is not installed here") }
    let path = folder.path.bytes
    guard String(validating: path, as: UTF8.self) != nil else {
      return .untried("the path of the scratch folder is no UTF-8")
    }
    let copier = FolderCopy(tree: tree, deadline: deadline, leavesOut: MariaFiles.leavesOut)
    let size = try copier.size(of: data)
    try room.demand(size, extra: size / 10)
    let copy = try ServerCopy(folder, ownedBy: data.user)
    let opened = try openDirectory(exactly: copy.data)
    try copier.run(data, to: opened.raw, at: copy.data)
    try copy.handOver()

    let runner = ServerPrograms(copy, deadline)
    if let reason = try mismatch(programs, runner) { return .untried(reason) }
    let (checked, end) = try runner.serving(
      programs.server(in: folder.path.string),
      until: { try runner.run(programs.ping).status == 0 },
      endingBy: .terminate
    ) {
      try runner.run(programs.check)
    }
    let log = end?.output ?? ""
    guard let checked else { return MariaOutput.finding(ofLog: log) }
    if let complaint = MariaOutput.complaint(ofCheck: checked.output) {
      return .damaged(complaint)
    }
    if checked.status != 0 { return MariaOutput.finding(ofLog: log) }
    return MariaOutput.recovery(inLog: log).map { .recovered($0) } ?? .whole()
  }

  /// Why the programs can't open the data; nil when nothing speaks against it.
  private func mismatch(
    _ programs: MariaPrograms,
    _ runner: ServerPrograms
  ) throws -> String? {
    let entries = try tree.entries(of: data)
    let names = ["mariadb_upgrade_info", "mysql_upgrade_info"].map { FileName($0) }
    guard let entry = entries.first(where: { names.contains($0.name) }),
      let theirs = MariaOutput.version(
        in: String(decoding: try tree.firstBytes(of: entry, count: 64), as: UTF8.self)
      ),
      let ours = MariaOutput.version(in: try runner.run(programs.version).output),
      ours.lexicographicallyPrecedes(theirs)
    else { return nil }
    func text(_ version: [Int]) -> String { version.map { "\($0)" }.joined(separator: ".") }
    return "it was last used by MariaDB \(text(theirs)), here is \(text(ours))"
  }
}
