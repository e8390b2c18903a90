import Machine

/// Runs the programs of a server on the copy of its data, confined to it.
final class ServerPrograms {
  /// How much of what a program says is read, in bytes.
  private static let outputMax = 1 << 20

  private let copy: ServerCopy
  private let deadline: ProofDeadline
  private var count = 0

  init(_ copy: ServerCopy, _ deadline: ProofDeadline) {
    self.copy = copy
    self.deadline = deadline
  }

  /// How a program ended.
  struct Outcome {
    /// The exit status, or 128 and the signal that ended it.
    var status: Int32
    /// What it wrote to its standard streams.
    var output: String
  }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - command: Its tool is an absolute path; it begins in the scratch folder.
  ///   - input: A file there; nil for none.
  /// - Returns: How it ended.
  /// - Throws: ``NoTimeLeft``, ``Interrupted``, ``NotConfined``.
  func run(_ command: Command, input: String? = nil) throws -> Outcome {
    let output = nextOutput()
    var program = try start(command, input: input, output: output)
    while true {
      if let status = program.wait(atMost: .milliseconds(50)) {
        return Outcome(status: status, output: text(in: output))
      }
      try deadline.check()
    }
  }

  /// Runs a server while `body` runs.
  ///
  /// - Parameters:
  ///   - command: The server's.
  ///   - isReady: Asked again and again until it says so.
  ///   - request: Has the server end when `body` is done.
  ///   - body: Uses the server. Nil says that it ended before it was ready.
  /// - Returns: What `body` returned, and how the server ended; nil when that was by force.
  /// - Throws: ``NoTimeLeft``, ``Interrupted``, ``NotConfined``; what `body` throws.
  func serving<Value>(
    _ command: Command,
    until isReady: () throws -> Bool,
    endingBy request: EndRequest,
    _ body: () throws -> Value
  ) throws -> (value: Value?, outcome: Outcome?) {
    let output = nextOutput()
    var server = try start(command, input: nil, output: output)
    func outcome(_ status: Int32?) -> Outcome? {
      status.map { Outcome(status: $0, output: text(in: output)) }
    }
    while true {
      if let status = server.wait(atMost: .milliseconds(100)) { return (nil, outcome(status)) }
      try deadline.check()
      if try isReady() { break }
    }
    let value = try body()
    server.send(request)
    while true {
      if let status = server.wait(atMost: .milliseconds(50)) { return (value, outcome(status)) }
      try deadline.check()
    }
  }

  private func start(
    _ command: Command,
    input: String?,
    output: FilePath
  ) throws -> ConfinedProgram {
    try deadline.check()
    var confinement = Confinement(folder: copy.folder.path, user: copy.user, output: output)
    if let input { confinement.input = copy.folder.path.appending(input) }
    do {
      return try ConfinedProgram.start(command, confinement)
    } catch {
      throw NotConfined(cause: error)
    }
  }

  private func nextOutput() -> FilePath {
    count += 1
    return copy.folder.path.appending("said-\(count)")
  }

  /// The end of what a program said.
  private func text(in path: FilePath) -> String {
    let size = (try? fileMetadata(of: path).size) ?? 0
    let start = size - min(size, UInt64(Self.outputMax))
    let bytes = try? LocalFiles.read(path, offset: start, length: Self.outputMax)
    return String(decoding: bytes ?? [], as: UTF8.self)
  }
}

/// A program can't be kept from everything but its folder, and so isn't started.
struct NotConfined: ExplainedError {
  let cause: (any Error)?

  var description: String { "its programs can't be confined here" }
}
