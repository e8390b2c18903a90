import Machine

/// Opens a throw-away copy of every database in a tree, and says which are whole.
///
/// Nothing is opened where it lies. Databases are found by what they are; what doesn't fit into
/// the time or the room is named.
///
/// - Parameters:
///   - tree: Stands still.
///   - request: Where, how long and with how much room.
///   - onVerdict: Called with each verdict as it is reached.
/// - Returns: The verdicts in the order of the paths.
/// - Throws: ``Interrupted``; ``SystemCallError`` when the scratch folder can't be used.
package func proveDatabases(
  in tree: some ProvableTree,
  _ request: ProofRequest,
  onVerdict: (Verdict) -> Void = { _ in }
) throws -> ProofResult {
  var result = ProofResult()
  let search = DatabaseSearch(
    tree: tree,
    paths: request.paths,
    interruption: request.interruption
  )
  let found = try search.run { result.unreadable.append($0) }
  let deadline = ProofDeadline(in: request.timeout, request.interruption)
  for (number, database) in found.enumerated() {
    let folder = try ScratchFolder.make(named: "\(number)", in: request.scratch)
    let finding = try releasing {
      try prove(database, in: tree, request, folder, deadline)
    } release: {
      try folder.remove()
    }
    let verdict = Verdict(database.kind, database.path, finding)
    onVerdict(verdict)
    result.verdicts.append(verdict)
  }
  return result
}

private func prove<Tree: ProvableTree>(
  _ database: FoundDatabase<Tree.Handle>,
  in tree: Tree,
  _ request: ProofRequest,
  _ folder: ScratchFolder,
  _ deadline: ProofDeadline
) throws -> ProofFinding {
  let room = Room(folder, sizeMax: request.sizeMax)
  do {
    try deadline.check()
    switch database {
    case .sqlite(let main, let log, let journal):
      let copy = SQLiteCopy(main: main, log: log, journal: journal)
      return try copy.prove(in: tree, folder, room, deadline)
    case .server(.postgresql, let data):
      let proof = PostgresProof(
        tree: tree,
        data: data,
        folder: folder,
        room: room,
        deadline: deadline
      )
      return try proof.run()
    case .server(.mariadb, let data):
      let proof = MariaProof(
        tree: tree,
        data: data,
        folder: folder,
        room: room,
        deadline: deadline
      )
      return try proof.run()
    case .server(let kind, _):
      return .untried("\(kind.name) is not tried")
    }
  } catch is NoTimeLeft {
    return .untried("no time was left")
  } catch let error as UnreadableEntry {
    return .damaged(explanation(of: error))
  } catch let error where !(error is Interrupted) {
    return .untried(explanation(of: error))
  }
}
