import Machine

/// Starts PostgreSQL on a copy of its data, which recovers as after a power loss, and has it look
/// at all of it.
struct PostgresProof<Tree: ProvableTree> {
  let tree: Tree
  let data: ProvableEntry<Tree.Handle>
  let folder: ScratchFolder
  let room: Room
  let deadline: ProofDeadline

  /// - Throws: ``UnreadableEntry``, ``SystemCallError``, ``NoRoom``, ``NoUser``, ``NotConfined``,
  ///   ``MissingTarget``, ``NoTimeLeft``, ``Interrupted``.
  func run() throws -> ProofFinding {
    let version = try version()
    guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 10,
      let programs = PostgresPrograms(version: version)
    else { return .untried("PostgreSQL \(version) is not installed here") }
    let copier = FolderCopy(
      tree: tree,
      deadline: deadline,
      leavesOut: PostgresFiles.leavesOut,
      follows: PostgresFiles.follows
    )
    let size = try copier.size(of: data)
    try room.demand(size, extra: size / 10)
    let copy = try ServerCopy(folder, ownedBy: data.user)
    let opened = try openDirectory(exactly: copy.data)
    try copier.run(data, to: opened.raw, at: copy.data)
    try relinkTablespaces(in: copy)
    try copy.handOver()
    return try prove(copy, programs, major)
  }

  private func version() throws -> String {
    guard let entry = try tree.entries(of: data).first(where: { $0.name == FileName("PG_VERSION") })
    else { return "" }
    let text = String(decoding: try tree.firstBytes(of: entry, count: 16), as: UTF8.self)
    return String(text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") })
  }

  private func prove(
    _ copy: ServerCopy,
    _ programs: PostgresPrograms,
    _ major: Int
  ) throws -> ProofFinding {
    let runner = ServerPrograms(copy, deadline)
    let said = try runner.run(programs.controlData)
    guard said.status == 0 else {
      return .damaged(PostgresOutput.error(of: "pg_controldata", in: said.output) ?? said.output)
    }
    let control = PostgresControl(parsing: said.output)
    let settings = PostgresSettings(control: control, majorVersion: major)
    try copy.write(settings.text, as: PostgresPrograms.settings)
    try copy.write(PostgresSettings.access, as: PostgresPrograms.access)
    try copy.write("", as: PostgresPrograms.names)
    try copy.write("select rolname from pg_authid where oid = 10\n", as: "question")

    let answer = try runner.run(programs.single, input: "question")
    guard answer.status == 0, let user = PostgresOutput.superuser(in: answer.output) else {
      return PostgresOutput.finding(ofLog: answer.output)
    }
    let (checked, end) = try runner.serving(
      programs.server,
      until: { try runner.run(programs.isReady).status == 0 },
      endingBy: .interrupt
    ) {
      try programs.has("pg_amcheck") ? runner.run(programs.amcheck(as: user)) : nil
    }
    guard let checked else { return PostgresOutput.finding(ofLog: end?.output ?? "") }
    var notes: [String] = []
    if let outcome = checked {
      if let complaint = PostgresOutput.complaint(ofAmcheck: outcome.output) {
        return .damaged(complaint)
      }
      if outcome.status != 0 {
        let reason = PostgresOutput.error(of: "pg_amcheck", in: outcome.output)
        let text = "pg_amcheck: \(reason ?? "status \(outcome.status)")"
        if PostgresOutput.isOfData(text) { return .damaged(text) }
        notes.append(text)
      }
    } else {
      notes.append("pg_amcheck is not installed")
    }
    if control.hasChecksums, end?.status == 0, programs.has("pg_checksums") {
      let outcome = try runner.run(programs.checksums)
      if let complaint = PostgresOutput.complaint(ofChecksums: outcome.output) {
        return .damaged(complaint)
      }
    }
    if control.isShutDown { return .whole(notes.joined(separator: "; ")) }
    return .recovered((["the write-ahead log was replayed"] + notes).joined(separator: "; "))
  }

  /// Tablespaces are folders in the copy of `pg_tblspc`; the server wants links there.
  private func relinkTablespaces(in copy: ServerCopy) throws {
    let place = copy.data.appending("pg_tblspc")
    guard let opened = try? openDirectory(exactly: place) else { return }
    let data = try openDirectory(exactly: copy.data)
    for name in try LocalFiles.names(in: place) {
      let moved = FileName(Array("tablespace-".utf8) + name.bytes)
      try renameFile(in: opened.raw, name, to: moved, in: data.raw, subject: place)
      let target = FileName(Array("../".utf8) + moved.bytes)
      try makeSymbolicLink(in: opened.raw, name, to: target, subject: place)
    }
  }
}
