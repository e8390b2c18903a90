import Foundation
import Machine
import TestSupport
import Testing

/// A mounted repository, looked at with the programs people use.
@Suite(.serialized, .requiresRoot, .requires(device: "/dev/fuse"), .requires(tool: "restic"))
struct `A mounted repository` {
  /// Mounts the repository while `body` runs, ends it by a signal, and returns how it ended.
  private func mounting(
    _ both: BothPrograms,
    _ options: [String] = [],
    endedBy signal: Int32 = SIGTERM,
    _ body: (FilePath) throws -> Void
  ) throws -> Program.Outcome {
    let path = both.directory.appending("mounted \u{e9}")
    try? LocalFiles.makeDirectory(path)
    let program = try both.stillpoint.start(["mount"] + options + [path.string])
    do {
      while program.isRunning, !isMounted(path) { usleep(10_000) }
      try body(path)
    } catch {
      kill(program.processID, SIGTERM)
      _ = program.wait()
      throw error
    }
    kill(program.processID, signal)
    let outcome = program.wait()
    #expect(!isMounted(path))
    return outcome
  }

  private func isMounted(_ path: FilePath) -> Bool {
    let table = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
    return table.contains(path.string.replacingOccurrences(of: " ", with: "\\040"))
  }

  private func run(_ tool: String, _ arguments: String...) throws -> String {
    let outcome = try Program(FilePath("/usr/bin/\(tool)")).run(arguments: arguments)
    try #require(outcome.status == 0, "\(tool) \(arguments): \(outcome)")
    return outcome.output
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `holds what was backed up, and goes when it is told to`(signal: Int32) throws {
    try BothPrograms.with { both in
      _ = try both.backUp(by: both.stillpoint)
      let outcome = try mounting(both, endedBy: signal) { path in
        let snapshot = path.appending("snapshots/latest")
        let shown = snapshot.appending(both.source.removingRoot().string)
        #expect(try BothPrograms.describe(shown) == BothPrograms.describe(both.source))
        let copy = both.directory.appending("copy")
        _ = try run("cp", "-a", shown.string, copy.string)
        #expect(try BothPrograms.describe(copy) == BothPrograms.describe(both.source))
        // Again, from what the kernel and we remember.
        let names = try run("find", shown.string, "-printf", "%P %y %s %n %i\n").split(
          separator: "\n"
        )
        #expect(
          try names
            == run("find", shown.string, "-printf", "%P %y %s %n %i\n").split(separator: "\n")
        )
        #expect(throws: (any Error).self) {
          try LocalFiles.replace(shown.appending("new"), with: [1])
        }
      }
      #expect(outcome.status == 0, "\(outcome)")
      let locks = try both.restic.succeed("list", "locks", "--no-lock")
      #expect(locks == "")
    }
  }

  @Test func `shows new snapshots' folders by id, host and tag, and ends by umount`() throws {
    try BothPrograms.with { both in
      _ = try both.backUp(by: both.stillpoint, "--tag", "a/b", "--host", "elsewhere")
      let summary = try both.backUp(by: both.stillpoint, "--host", "here")
      let id = try #require(summary["snapshot_id"] as? String).prefix(8)
      let options = [
        "--path-template", "by/%h/%T", "--path-template", "id/%i",
        "--time-template", "2006", "--path-template", "tag/%t", "--owner-root",
      ]
      let outcome = try mounting(both, options, endedBy: 0) { path in
        #expect(try run("ls", path.string) == "by\nid\ntag\n")
        #expect(try run("ls", path.appending("by").string) == "elsewhere\nhere\n")
        #expect(try run("ls", path.appending("id").string).contains(id))
        #expect(try run("ls", path.appending("tag").string) == "a_b\n")
        let owners = try run("find", path.string, "-printf", "%u\n").split(separator: "\n")
        #expect(Set(owners) == ["root"])
        let link = path.appending("by/here/latest").string
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link).count == 4)
        _ = try run("umount", path.string)
      }
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func `is not made over the repository, nor where nothing is`() throws {
    try BothPrograms.with { both in
      let repository = both.directory.appending("repository").string
      for (path, text) in [
        (repository, "lie in each other"), (repository + "/data", "lie in each other"),
        (both.directory.string, "lie in each other"),
        (both.directory.appending("nowhere").string, "does not exist"),
        (both.source.string + "/../repository/config", "is not a directory"),
      ] {
        let outcome = try both.stillpoint.run("mount", path)
        #expect(outcome.status == 1, "\(path)")
        #expect(outcome.error.contains(text), "\(outcome)")
      }
    }
  }
}
