import Foundation
import Machine
import TestSupport
import Testing

/// A folder with some files, and the program as its user runs it there.
struct Sandbox {
  let directory: FilePath
  var stillpoint: Program
  /// As `stillpoint`, nil where it isn't installed.
  var restic: Program?

  /// Calls `body` with a new sandbox; nothing in it is a repository.
  static func with(_ body: (Sandbox) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let environment = [
        "RESTIC_REPOSITORY": directory.appending("repository").string,
        "RESTIC_PASSWORD": "sesame",
        "RESTIC_CACHE_DIR": directory.appending("cache").string,
        "STILLPOINT_STATE_DIR": directory.appending("state").string,
        "TZ": "Europe/Berlin",
      ]
      var sandbox = Sandbox(directory: directory, stillpoint: .stillpoint, restic: .restic)
      sandbox.stillpoint.environment = environment
      sandbox.restic?.environment = environment
      try sandbox.write("source/a", "hello\n")
      try sandbox.write("source/d/b", "x\n")
      try FileManager.default.createSymbolicLink(
        atPath: directory.appending("source/l").string,
        withDestinationPath: "a"
      )
      try body(sandbox)
    }
  }

  /// Calls `body` with a new sandbox and an empty repository.
  static func withRepository(_ body: (Sandbox) throws -> Void) throws {
    try with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try body(sandbox)
    }
  }

  var source: String { path("source") }

  func path(_ name: String) -> String { directory.appending(name).string }

  func write(_ name: String, _ text: String) throws {
    let file = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data(text.utf8).write(to: file)
  }

  /// Backs up the source live, which every file system can do.
  @discardableResult
  func backUp(_ options: String...) throws -> Program.Outcome {
    let outcome = try stillpoint.run(
      arguments: ["backup", "--snapshot-policy", "off", "--no-pause"] + options + [source]
    )
    try #require(outcome.status == 0, "\(outcome)")
    return outcome
  }

  /// The JSON objects in `text`, one a line.
  static func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The names of the members of the first JSON object in `text` whose message is `type`.
  static func members(of type: String, in text: String) throws -> Set<String> {
    let found = try objects(text).first { $0["message_type"] as? String == type }
    return Set(try #require(found, "no \(type) in \(text)").keys)
  }
}
