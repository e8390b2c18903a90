import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "restic")) struct `Copying snapshots` {
  /// A repository of two snapshots twice, and an empty one for the copies of each.
  private func withTwins(_ body: (Twins, _ ours: Copier, _ theirs: Copier) throws -> Void) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", "--tag", "x", "--host", "one", source.string)
      try Twins.write(source.appending("d/deep/new"), "new\n")
      try restic.succeed("backup", "-q", "--host", "two", source.string)
    } _: { twins in
      try body(
        twins,
        Copier(twins.ours, in: twins.directory, from: "ours", to: "ours-copy"),
        Copier(twins.theirs, in: twins.directory, from: "theirs", to: "theirs-copy")
      )
    }
  }

  @Test func `gives what restic gives, and never twice`() throws {
    try withTwins { twins, ours, theirs in
      try ours.program.succeed("init", "--copy-chunker-params")
      try theirs.program.succeed("init", "--copy-chunker-params")
      #expect(try polynomial(ours.program) == polynomial(twins.ours))
      #expect(try polynomial(twins.theirs) == polynomial(twins.ours))
      for arguments in [
        ["copy", "--host", "one", "-v"], ["copy"], ["copy", "-v", "--host", "two"],
        ["copy", "latest", "-q"],
      ] {
        try ours.expectSame(as: theirs, arguments)
      }
      try twins.ours.succeed("tag", "--add", "y", "--host", "one")
      try twins.theirs.succeed("tag", "--add", "y", "--host", "one")
      try ours.expectSame(as: theirs, ["copy", "--tag", "y"])
      let (mine, other) = (ours.witness(twins.witness), theirs.program)
      try mine.succeed("check", "--read-data")
      let names: Set = ["id", "short_id"]
      let copies = try Twins.snapshots(of: mine, without: names)
      #expect(copies.count == 3)
      #expect(try copies == Twins.snapshots(of: other, without: names))
      #expect(try Twins.listing(of: mine) == Twins.listing(of: other))
    }
  }

  @Test func `goes on where restic ended, and the other way round`() throws {
    try withTwins { twins, ours, _ in
      try ours.program.succeed("init", "--copy-chunker-params")
      let restic = ours.witness(twins.witness)
      try restic.succeed("copy", "--host", "one")
      try ours.program.succeed("copy")
      try restic.succeed("copy")
      #expect(try Twins.all(of: restic).count == 2)
      try restic.succeed("check", "--read-data")
    }
  }

  @Test func `saves no snapshot of which something is missing`() throws {
    try withTwins { twins, ours, _ in
      try ours.program.succeed("init", "--copy-chunker-params")
      let data = twins.directory.appending("ours").appending("data")
      let packs = try FileManager.default.subpathsOfDirectory(atPath: data.string)
        .filter { $0.count > 60 }
      try FileManager.default.removeItem(atPath: data.appending(packs[0]).string)
      let outcome = try ours.program.run("copy")
      #expect(outcome.status == 1)
      #expect(!outcome.output.contains(" saved, "))
      let copies = try Twins.all(of: ours.witness(twins.witness))
      #expect(copies.isEmpty)
    }
  }

  @Test func `needs a source, and one only`() throws {
    try Twins.with { twins in
      let none = try twins.ours.run("copy")
      #expect(none.status == 1)
      #expect(none.error.contains("Please specify a source repository location"))
      let both = try twins.ours.run("copy", "--from-repo", "a", "--from-repository-file", "b")
      #expect(both.error.contains("mutually exclusive"))
      let needless = try twins.ours.run("init", "--from-repo", "a")
      #expect(needless.error.contains("Secondary repository must only be specified when"))
      let wrong = try twins.ours.run(
        "copy",
        "--from-repo",
        twins.directory.appending("theirs").string,
        "--from-password-command",
        "echo wrong"
      )
      #expect(wrong.status == 12)
    }
  }

  private func polynomial(_ program: Program) throws -> Substring? {
    try program.succeed("cat", "config").split(separator: "\n")
      .first { $0.contains("chunker_polynomial") }
  }
}

/// A program that copies from one repository to another.
struct Copier {
  var program: Program

  init(_ program: Program, in directory: FilePath, from source: String, to name: String) throws {
    self.program = program
    let password = directory.appending("copy-password")
    try Twins.write(password, "copies\n")
    self.program.environment["RESTIC_REPOSITORY"] = directory.appending(name).string
    self.program.environment["RESTIC_PASSWORD"] = nil
    self.program.environment["RESTIC_PASSWORD_FILE"] = password.string
    self.program.environment["RESTIC_FROM_REPOSITORY"] = directory.appending(source).string
    self.program.environment["RESTIC_FROM_PASSWORD"] = testRepositoryPassword
  }

  /// restic in place of the program.
  func witness(_ restic: Program) -> Program {
    var other = program
    other.path = restic.path
    return other
  }

  /// Runs both with the same arguments and expects the same status, and the same lines as of a
  /// restic that has today's words.
  func expectSame(as other: Copier, _ arguments: [String]) throws {
    let ours = try program.run(arguments: arguments)
    let theirs = try other.program.run(arguments: arguments)
    #expect(ours.status == theirs.status, "\(arguments): \(ours) \(theirs)")
    guard let version = ResticVersion.installed, version >= Twins.today else { return }
    // restic takes snapshots in no order.
    func lines(_ text: String) -> [Substring] {
      Twins.withoutIDs(text).split(separator: "\n", omittingEmptySubsequences: false).sorted()
    }
    #expect(lines(ours.output) == lines(theirs.output), "\(arguments)")
  }
}
