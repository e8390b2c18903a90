import Foundation
import Machine
import TestSupport
import Testing

/// Copies in a row of what busy writers write, made by another program in `stillpoint run`.
struct GuestTorture {
  /// How a program copies and restores; the restored files stand below the working directory,
  /// with their whole paths.
  struct Tool {
    var prepare = "true"
    var copy: [String]
    var restore: String
    /// Whether what it printed is as it should be, by the number of the copy from 0.
    var isRight: (Int, String) -> Bool = { _, _ in true }
  }

  /// What is copied, and where everything else lies.
  struct Place {
    var place: TortureRun.Place
    var source: String { place.mountPoint.appending("source").string }
    func file(_ name: String) -> String { place.workingDirectory.appending(name).string }
  }

  private let name: String
  private let kinds: [WriterKind] = [.pair, .blocks]
  private var runs = 0
  /// Of each torn copy, what is wrong in it.
  private var torn: [[String]] = []

  /// Copies again and again, and checks each copy.
  ///
  /// - Throws: When a program fails.
  init(
    _ name: String,
    runs: Int,
    on place: ((TortureRun.Place) throws -> Void) throws -> Void,
    _ make: @escaping (Place) -> Tool
  ) throws {
    self.name = name
    try place { device in
      let place = Place(place: device)
      let tool = make(place)
      try Self.shell(place).succeed("-c", tool.prepare)
      let source = FilePath(place.source)
      let writers = try kinds.map { try TortureWriter($0, below: source, inNamespaces: false) }
      while self.runs < runs {
        let found = try copy(place, tool)
        if !found.isEmpty { torn.append(found) }
        self.runs += 1
      }
      guard writers.allSatisfy(\.isRunning) else { throw TortureError("a writer ended") }
    }
  }

  /// Copies once.
  ///
  /// - Returns: What is wrong in the copy.
  private func copy(_ place: Place, _ tool: Tool) throws -> [String] {
    let restored = place.file("restored")
    let shell = Self.shell(place)
    try shell.succeed("-c", "rm -rf \"$0\"; mkdir \"$0\"", restored)
    var stillpoint = Program.stillpoint
    stillpoint.environment = shell.environment
    let options = ["run", "--source", place.source, "--require", "instant", "--"]
    let outcome = try stillpoint.run(arguments: options + tool.copy)
    guard outcome.status == 0, !outcome.error.contains("left") else {
      throw TortureError("\(outcome)")
    }
    try shell.succeed("-c", "cd \"$0\" && \(tool.restore)", restored)
    let found = try kinds.flatMap { try violations(of: $0, in: FilePath(restored + place.source)) }
    return tool.isRight(runs, outcome.output) ? found : found + [outcome.output]
  }

  private static func shell(_ place: Place) -> Program {
    var shell = Program("/bin/sh")
    shell.environment = [
      "STILLPOINT_STATE_DIR": place.file("state"),
      "RESTIC_REPOSITORY": place.file("repository"),
      "RESTIC_PASSWORD": "torture",
      "RESTIC_CACHE_DIR": place.file("cache"),
      "BORG_REPO": place.file("borg"),
      "BORG_BASE_DIR": place.file("borg-base"),
      "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    ]
    return shell
  }

  func expectWhole() {
    #expect(torn == [])
    print("torture, \(name) in stillpoint run: \(runs - torn.count) of \(runs) whole")
  }
}
