import Foundation
import Machine
import TestSupport
import Testing

/// Copies of a busy btrfs that other programs make inside `stillpoint run`.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "python3"))
struct `Other programs on a busy volume` {
  private let runs = 10
  private let kinds: [WriterKind] = [.pair, .blocks]

  @Test(.requires(tool: "tar")) func `copy it whole: tar`() throws {
    try expectWhole("tar") { place in
      Tool(
        copy: ["tar", "-cf", place.file("copy.tar"), place.source],
        restore: "tar -xf '\(place.file("copy.tar"))'"
      )
    }
  }

  @Test(.requires(tool: "restic")) func `copy it whole: restic`() throws {
    try expectWhole("restic") { place in
      Tool(
        prepare: "restic init --quiet",
        copy: ["restic", "backup", "--quiet", place.source],
        restore: "restic restore --quiet latest --target ."
      )
    }
  }

  @Test(.requires(tool: "borg")) func `copy it whole: borg`() throws {
    try expectWhole("borg") { place in
      Tool(
        prepare: "borg init --encryption none",
        copy: ["borg", "create", "::{utcnow}", place.source],
        restore: "borg extract \"::$(borg list --short --last 1)\""
      )
    }
  }

  @Test(.requires(tool: "rsync")) func `copy it whole: rsync`() throws {
    try expectWhole("rsync") { place in
      Tool(copy: ["rsync", "-aR", place.source, place.file("restored/")], restore: "true")
    }
  }

  /// How a program copies and restores; the restored files stand below the working directory,
  /// with their whole paths.
  private struct Tool {
    var prepare = "true"
    var copy: [String]
    var restore: String
  }

  private struct Place {
    var device: LoopDevice
    var source: String { device.mountPoint.appending("source").string }
    func file(_ name: String) -> String { device.workingDirectory.appending(name).string }
  }

  private func expectWhole(_ name: String, _ make: (Place) -> Tool) throws {
    var torn: [[String]] = []
    try LoopDevice.with("btrfs", sizeMiB: 2048) { device in
      let place = Place(device: device)
      let tool = make(place)
      let (shell, stillpoint) = programs(place)
      try shell.succeed("-c", tool.prepare)
      let source = FilePath(place.source)
      let writers = try kinds.map { try TortureWriter($0, below: source, inNamespaces: false) }
      for _ in 0..<runs {
        let restored = FilePath(place.file("restored"))
        try shell.succeed("-c", "rm -rf \"$0\"; mkdir \"$0\"", restored.string)
        let options = ["run", "--source", place.source, "--require", "instant", "--"]
        let outcome = try stillpoint.run(arguments: options + tool.copy)
        try #require(outcome.status == 0, "\(outcome)")
        try shell.succeed("-c", "cd \"$0\" && \(tool.restore)", restored.string)
        let copy = FilePath(restored.string + place.source)
        let found = try kinds.flatMap { try violations(of: $0, in: copy) }
        if !found.isEmpty { torn.append(found) }
      }
      let areRunning = writers.allSatisfy(\.isRunning)
      #expect(areRunning)
      let list = try SystemCommandRunner().text(
        of: Command("btrfs", "subvolume", "list", device.mountPoint.string)
      )
      #expect(list == "")
    }
    #expect(torn == [])
    print("torture, \(name) in stillpoint run: \(runs - torn.count) of \(runs) whole")
  }

  private func programs(_ place: Place) -> (shell: Program, stillpoint: Program) {
    let environment = [
      "STILLPOINT_STATE_DIR": place.file("state"),
      "RESTIC_REPOSITORY": place.file("repository"),
      "RESTIC_PASSWORD": "torture",
      "RESTIC_CACHE_DIR": place.file("cache"),
      "BORG_REPO": place.file("borg"),
      "BORG_BASE_DIR": place.file("borg-base"),
      "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    ]
    var shell = Program("/bin/sh")
    var stillpoint = Program.stillpoint
    shell.environment = environment
    stillpoint.environment = environment
    return (shell, stillpoint)
  }
}
