import Foundation
import Machine
import TestSupport
import Testing

/// One repository twice: we work on one copy and restic on the other, and what comes of it is
/// compared.
struct Twins {
  let directory: FilePath
  /// What was backed up.
  let source: FilePath
  /// Our program, on our copy.
  let ours: Program
  /// restic, on its own copy.
  let theirs: Program
  /// restic, on our copy.
  let witness: Program

  /// Calls `body` with two copies of a repository.
  ///
  /// - Parameters:
  ///   - version: Of the repository's format.
  ///   - prepare: Fills the repository before it is copied; the folder is to be backed up.
  ///   - body: What to do with the copies.
  /// - Throws: What `body` throws, or why they could not be made.
  static func with(
    version: Int = 2,
    prepare: (Program, FilePath) throws -> Void = { try $0.succeed("backup", "-q", $1.string) },
    _ body: (Twins) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      var restic = try #require(Program.restic)
      var ours = Program.stillpoint
      func environment(_ name: String) -> [String: String] {
        [
          "RESTIC_REPOSITORY": directory.appending(name).string,
          "RESTIC_PASSWORD": testRepositoryPassword,
          "RESTIC_CACHE_DIR": directory.appending("cache-\(name)").string,
          "STILLPOINT_STATE_DIR": directory.appending("state").string,
          "TMPDIR": directory.string,
          "TZ": "America/St_Johns",
        ]
      }
      let source = directory.appending("source")
      try write(source.appending("a"), "hello\n")
      try write(source.appending("d/b"), "x\n")
      try write(source.appending("d/deep/c.txt"), "deep\n")
      try write(source.appending("e/same"), "x\n")
      restic.environment = environment("theirs")
      ours.environment = environment("ours")
      // Its password costs nothing.
      try makeTestRepository(at: directory.appending("theirs"), version: version)
      try prepare(restic, source)
      try FileManager.default.copyItem(
        atPath: directory.appending("theirs").string,
        toPath: directory.appending("ours").string
      )
      var witness = restic
      witness.environment = environment("ours")
      try body(
        Twins(
          directory: directory,
          source: source,
          ours: ours,
          theirs: restic,
          witness: witness
        )
      )
    }
  }

  static func write(_ file: FilePath, _ text: String) throws {
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string,
      withIntermediateDirectories: true
    )
    try Data(text.utf8).write(to: URL(filePath: file.string))
  }

  /// Runs both with the same arguments and expects the same status, and the same output as of a
  /// restic that has today's words.
  func expectSame(_ arguments: String...) throws {
    let ours = try ours.run(arguments: arguments)
    let theirs = try theirs.run(arguments: arguments)
    #expect(ours.status == theirs.status, "\(arguments): \(ours) \(theirs)")
    guard let version = ResticVersion.installed, version >= Self.today else { return }
    #expect(Self.withoutIDs(ours.output) == Self.withoutIDs(theirs.output), "\(arguments)")
  }

  /// Runs both with the same arguments and expects the same lines: restic takes snapshots in no
  /// order, and what is damaged in its repository may be whole in its cache.
  ///
  /// How many index files are replaced may differ: restic replaces good ones too.
  func expectSameLines(_ arguments: [String]) throws {
    let ours = try ours.run(arguments: arguments)
    let theirs = try theirs.run(arguments: arguments + ["--no-cache"])
    #expect(ours.status == theirs.status, "\(arguments): \(ours) \(theirs)")
    func lines(_ text: String) -> [Substring] {
      Self.withoutIDs(text).split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasSuffix(" old indexes deleted") && !$0.hasSuffix(" indexes processed") }
        .sorted()
    }
    #expect(lines(ours.output) == lines(theirs.output), "\(arguments)")
  }

  /// The version whose words and options are ours too.
  static let today = ResticVersion(0, 19)

  /// Expects both copies to have the same snapshots, and ours to be sound in restic's eyes.
  func expectSameSnapshots(without names: Set<String> = []) throws {
    try witness.succeed("check", "--read-data")
    let names = names.union(["id", "short_id", "program_version"])
    let ours = try Self.snapshots(of: witness, without: names)
    #expect(try ours == Self.snapshots(of: theirs, without: names))
    #expect(!ours.isEmpty)
  }

  /// The snapshots as restic lists them, without some members, in an order of their own.
  static func snapshots(of restic: Program, without names: Set<String>) throws -> [String] {
    try all(of: restic).map { snapshot in
      let kept = snapshot.filter { !names.contains($0.key) }
      let data = try JSONSerialization.data(withJSONObject: kept, options: [.sortedKeys])
      return String(decoding: data, as: UTF8.self)
    }.sorted()
  }

  /// The snapshots as restic lists them.
  static func all(of restic: Program) throws -> [[String: Any]] {
    let json = try restic.succeed("snapshots", "--json")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
    )
  }

  /// What is in the latest snapshot.
  static func listing(of restic: Program) throws -> [Substring] {
    // The first line tells which snapshot it is.
    Array(try restic.succeed("ls", "latest").split(separator: "\n").dropFirst())
  }

  /// Numbers that are made anew each time are replaced: by as many hyphens.
  static func withoutIDs(_ text: String) -> String {
    text.replacing(/\b(?:[0-9a-f]{64}|[0-9a-f]{8})\b/) { String(repeating: "-", count: $0.count) }
  }
}
