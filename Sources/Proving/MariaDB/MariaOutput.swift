/// What MariaDB's programs say, as far as it makes a verdict.
enum MariaOutput {
  /// What speaks of this machine and not of the data.
  private static let foreign = [
    "unknown variable", "unknown option", "innodb_page_size", "encrypt", "Permission denied",
    "Read-only file system", "No space left", "Cannot allocate memory", "Operation not permitted",
  ]

  /// The major and minor number in a version such as `10.11.6-MariaDB`, wherever it stands.
  static func version(in text: String) -> [Int]? {
    guard let match = text.firstMatch(of: /(\d+)\.(\d+)\.\d+-MariaDB/) else { return nil }
    return [match.output.1, match.output.2].compactMap { Int($0) }
  }

  /// The first table that `mariadb-check` doesn't find in order.
  ///
  ///     shop.items                                         OK
  ///     shop.orders
  ///     error    : Corrupt
  static func complaint(ofCheck output: String) -> String? {
    var table: Substring = ""
    for line in output.split(separator: "\n") {
      guard let match = line.firstMatch(of: /^(\w+)\s*: (.*)$/) else {
        table = line.prefix { !$0.isWhitespace }
        continue
      }
      let kind = match.output.1.lowercased()
      let text = match.output.2
      let isOld = ["upgrade", "rebuild required"].contains { text.lowercased().contains($0) }
      if kind == "error" && !isOld { return "table \(table): \(text)" }
    }
    return nil
  }

  /// What a server says that it recovered; nil when nothing had to be.
  static func recovery(inLog log: String) -> String? {
    log.contains("crash recovery") || log.contains("starting recovery")
      ? "the logs were replayed" : nil
  }

  /// Why a server ended or a check could not be made, of the server's log.
  static func finding(ofLog log: String) -> ProofFinding {
    let lines = log.split(separator: "\n")
    let errors = lines.compactMap { line in
      line.firstRange(of: "[ERROR] ").map { String(line[$0.upperBound...]) }
    }
    guard let first = errors.first else {
      let last = lines.last.map(String.init) ?? "it said nothing"
      return .untried("the server did not serve: \(last)")
    }
    let isForeign = errors.contains { error in foreign.contains { error.contains($0) } }
    return isForeign ? .untried(first) : .damaged(first)
  }
}
