import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint key list`.
struct KeyListCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List keys (passwords).",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the key list command expects no arguments, only options")
    }
    let repository = try session.repository()
    let keys = try session.locked(repository, .shared) {
      try repository.keys { error in
        session.output.error(["LoadKey() failed: \(ErrorText(error).line)"])
      }
    }
    if session.output.isJSON {
      session.output.json(keys.map { json($0, repository) })
    } else {
      var table = Table([" ID", "User", "Host", "Created"])
      for key in keys {
        let mark = key.name == repository.keyName ? "*" : " "
        let cells = [
          mark + key.name.prefix(8), key.file.username, key.file.hostname,
          Moment(key.file.created).short,
        ]
        table.add(cells.map { [$0] })
      }
      for line in table.lines { session.output.line(Array(line.utf8), isLast: false) }
    }
    return .success
  }

  private func json(_ key: StoredKey, _ repository: Repository) -> JSONObject {
    var object = JSONObject()
    object.add("current", key.name == repository.keyName)
    object.add("id", key.name)
    object.add("userName", key.file.username)
    object.add("hostName", key.file.hostname)
    object.add("created", Moment(key.file.created).short)
    return object
  }
}
