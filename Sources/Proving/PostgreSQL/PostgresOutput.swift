/// What PostgreSQL's programs say, as far as it makes a verdict.
enum PostgresOutput {
  /// What speaks of this machine and not of the data.
  private static let foreign = [
    "could not access file", "could not load library", "could not create", "could not map",
    "Cannot allocate memory", "No space left", "Permission denied", "Read-only file system",
    "incompatible with", "not recognized by setlocale", "unrecognized configuration parameter",
    "Operation not permitted", "is not available", "extension control file",
  ]

  /// Whether what was said is about the data, as far as that can be told.
  static func isOfData(_ text: String) -> Bool { !foreign.contains { text.contains($0) } }

  /// The name of the role that an installation begins with, of what single-user mode answers.
  ///
  ///     \t 1: rolname = "postgres"\t(typeid = 19, len = 64, typmod = -1, byval = f)
  static func superuser(in output: String) -> String? {
    for line in output.split(separator: "\n") {
      guard let begin = line.firstRange(of: "rolname = \"")?.upperBound,
        let end = line[begin...].firstRange(of: "\"\t(typeid")?.lowerBound
      else { continue }
      return String(line[begin..<end])
    }
    return nil
  }

  /// The first thing that `pg_amcheck` found: a relation, and what is wrong with it on the next
  /// line.
  static func complaint(ofAmcheck output: String) -> String? {
    let lines = output.split(separator: "\n")
    guard
      let first = lines.firstIndex(where: {
        $0.hasSuffix(":") && ($0.contains("table \"") || $0.contains("index \""))
      })
    else { return nil }
    let details = lines[(first + 1)...].prefix { $0.first?.isWhitespace == true }
    return ([lines[first]] + details.prefix(1).map { $0.drop(while: \.isWhitespace) })
      .joined(separator: " ")
  }

  /// The first file that `pg_checksums` found.
  static func complaint(ofChecksums output: String) -> String? {
    error(of: "pg_checksums", in: output)
  }

  /// What a program of PostgreSQL's says of its failure.
  static func error(of program: String, in output: String) -> String? {
    let prefix = "\(program): error: "
    let line = output.split(separator: "\n").first { $0.hasPrefix(prefix) }
    return line.map { String($0.dropFirst(prefix.count)) }
  }

  /// Why a server ended, of its log.
  static func finding(ofLog log: String) -> ProofFinding {
    let lines = log.split(separator: "\n")
    // Who asks too early is told so, and that is logged.
    let told = lines.filter { !$0.contains("the database system is ") }
    var reason: String?
    for word in ["ERROR:", "FATAL:", "PANIC:"] {
      let found = told.lazy.compactMap { line in
        line.firstRange(of: word).map { line[$0.upperBound...].drop(while: \.isWhitespace) }
      }
      if let first = found.first { reason = String(first) }
    }
    guard let reason else {
      let last = lines.last.map(String.init) ?? "it said nothing"
      return .untried("the server did not start: \(last)")
    }
    return isOfData(reason) ? .damaged(reason) : .untried(reason)
  }
}
