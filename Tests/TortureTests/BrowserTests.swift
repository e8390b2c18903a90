import Machine
import TestSupport
import Testing

/// Backups of the profile of a browser that is in use.
@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "chromium"),
  .requires(tool: "python3")
)
struct `Backups of a busy browser` {
  @Test(arguments: ["btrfs", "ext4"]) func `start, and their databases are whole`(type: String)
    throws
  {
    try TortureRun.Place.onLoop(type)({ place in
      let source = try realPath(place.mountPoint).appending("source")
      try LocalFiles.makeDirectory(source)
      let stillpoint = try Program.stillpoint(withRepositoryIn: place.workingDirectory)
      let browser = try Browser(source.appending("profile"), notesIn: place.workingDirectory)
      try browser.start()
      let backups = try (0..<TortureRun.serverCount).map { _ in
        try HeldBackup.make(of: source, stillpoint)
      }
      #expect(browser.isBusy())
      browser.stop()
      let violations = try backups.flatMap { backup in
        try backup.restored(source, stillpoint, in: place) {
          try browser.violations(in: $0.appending("profile"))
        }
      }
      #expect(violations == [])
      print(backups.report("Chromium on \(type)", violations: violations))
      // Where nothing is frozen, files that change later may be named.
      let grades =
        type == "btrfs" ? ["application", "instant"] : ["application", "instant", "file"]
      #expect(
        backups.allSatisfy { grades.contains($0.grade) },
        "\(backups.map(\.grade)) \(backups.flatMap(\.reasons))"
      )
    })
  }
}
