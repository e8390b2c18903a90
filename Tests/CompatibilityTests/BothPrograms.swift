import Foundation
import Machine
import TestSupport
import Testing

/// A folder with every kind of file, and both programs on one repository.
struct BothPrograms {
  let directory: FilePath
  let source: FilePath
  var stillpoint: Program
  var restic: Program

  /// Calls `body` with an empty repository that `stillpoint init` made.
  ///
  /// - Parameters:
  ///   - isHuge: Whether one of the files is sparse and larger than 4 GiB.
  ///   - body: What to do with them.
  /// - Throws: What `body` throws, or why they could not be made.
  static func with(
    huge isHuge: Bool = false,
    _ body: (BothPrograms) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      // What the programs make beside the source would change the times of its parent later.
      for name in ["cache", "state", "repository"] {
        try FileManager.default.createDirectory(
          atPath: directory.appending(name).string,
          withIntermediateDirectories: true
        )
      }
      let environment = [
        "RESTIC_REPOSITORY": directory.appending("repository").string,
        "RESTIC_PASSWORD": "both",
        "RESTIC_CACHE_DIR": directory.appending("cache").string,
        "STILLPOINT_STATE_DIR": directory.appending("state").string,
        "TZ": "America/St_Johns",
      ]
      let source = directory.appending("source")
      try FileManager.default.createDirectory(
        atPath: source.string,
        withIntermediateDirectories: true
      )
      var stillpoint = Program.stillpoint
      var restic = try #require(Program.restic)
      // Older ones don't store link targets that aren't UTF-8.
      let storesRawLinks = ResticVersion.isInstalled(0, 17)
      let options = (isHuge ? ["huge"] : []) + (storesRawLinks ? ["raw-links"] : [])
      try python("make_tree.py", source, options)
      stillpoint.environment = environment
      restic.environment = environment
      try stillpoint.succeed("init")
      try body(
        BothPrograms(
          directory: directory,
          source: source,
          stillpoint: stillpoint,
          restic: restic
        )
      )
    }
  }

  /// All that a backup must bring back of `folder`, a line for each path.
  static func describe(_ folder: FilePath) throws -> [Substring] {
    try python("describe_tree.py", folder).split(separator: "\n")
  }

  /// Backs up live and returns the summary.
  func backUp(by program: Program, _ options: String...) throws -> [String: Any] {
    try backUp(source.string, by: program, options)
  }

  /// Backs up live by a relative path, so without the directories above the source, whose times
  /// other tests change, and returns the summary.
  func backUpAlone(by program: Program, _ options: String...) throws -> [String: Any] {
    var program = program
    program.workingDirectory = source.removingLastComponent()
    return try backUp("source", by: program, options)
  }

  private func backUp(
    _ path: String,
    by program: Program,
    _ options: [String]
  ) throws -> [String: Any] {
    let policy = program.path == stillpoint.path ? ["--snapshot-policy", "off"] : []
    let outcome = try program.run(
      arguments: ["backup", "--json", "--quiet"] + policy + options + [path]
    )
    try #require(outcome.status == 0, "\(outcome)")
    let last = outcome.output.split(separator: "\n").last { $0.contains("\"summary\"") }
    return try #require(try Self.object(last ?? ""))
  }

  /// The only snapshot with `id`, as JSON.
  func snapshot(_ id: String) throws -> [String: Any] {
    try #require(try Self.object(restic.succeed("--no-lock", "cat", "snapshot", id)[...]))
  }

  static func object(_ text: Substring) throws -> [String: Any]? {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
  }

  @discardableResult
  static func python(
    _ script: String,
    _ folder: FilePath,
    _ options: [String] = []
  ) throws -> String {
    let fixture = try #require(
      Bundle.module.url(forResource: "Fixtures", withExtension: nil)
    )
    let arguments = [fixture.appending(path: script).path, folder.string] + options
    let outcome = try Program("/usr/bin/python3").run(arguments: arguments)
    try #require(outcome.status == 0, "\(outcome)")
    return outcome.output
  }
}
