import Foundation
import Machine
import TestSupport
import Testing

/// A btrfs that is backed up again and again.
private struct Shop {
  let loop: LoopDevice
  let stillpoint: Program

  static func with(_ body: (Shop) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 256) { loop in
      var stillpoint = try Program.stillpoint(withRepositoryIn: loop.workingDirectory)
      // A relative path leaves out the directories above, in which other tests work.
      stillpoint.workingDirectory = loop.mountPoint
      let shop = Shop(loop: loop, stillpoint: stillpoint)
      try shop.shell(
        """
        btrfs -q subvolume create data; mkdir -p data/d/e data/f
        echo one > data/d/one; echo two > data/d/e/two; echo three > data/f/three
        """
      )
      try body(shop)
    }
  }

  func shell(_ script: String) throws {
    try SystemCommandRunner().run(
      Command("sh", "-ec", "cd \"$0\"\n" + script, loop.mountPoint.string)
    )
  }

  /// What a backup's snapshot says.
  struct Backup {
    var tree: String
    /// How many in a row took over something.
    var quickWalks: Int?
    var counts: [String: Int]
    var text: String
  }

  @discardableResult
  func backUp(_ options: String...) throws -> Backup {
    let words = ["backup", "-v", "--no-scan"] + options + ["data"]
    let outcome = try stillpoint.run(arguments: words)
    try #require(outcome.status == 0, "\(outcome)")
    let text = try stillpoint.succeed("cat", "snapshot", "latest")
    let snapshot = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    let record = snapshot["stillpoint"] as? [String: Any]
    let summary = try #require(snapshot["summary"] as? [String: Any])
    return Backup(
      tree: try #require(snapshot["tree"] as? String),
      quickWalks: (record?["walk"] as? [String: Any])?["quick_walks"] as? Int,
      counts: summary.compactMapValues { $0 as? Int }.filter { $0.key.contains("s_") },
      text: outcome.output + outcome.error
    )
  }

  /// Backs up with everything read, and compares.
  func expectSame(as backup: Backup, _ place: SourceLocation = #_sourceLocation) throws {
    #expect(try backUp("--force").tree == backup.tree, "\(backup.text)", sourceLocation: place)
  }
}

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
struct `A backup of a btrfs that was backed up before` {
  @Test func `takes over what didn't change, and counts it`() throws {
    try Shop.with { shop in
      #expect(try shop.backUp().quickWalks == 0)
      try shop.shell("echo more >> data/d/one")
      let quick = try shop.backUp()
      #expect(quick.quickWalks == 1)
      #expect(quick.counts["files_changed"] == 1 && quick.counts["files_unmodified"] == 2)
      #expect(quick.counts["total_files_processed"] == 3)
      try shop.expectSame(as: quick)
    }
  }

  @Test func `reads everything when options or owners changed`() throws {
    try Shop.with { shop in
      try shop.backUp()
      let excluding = try shop.backUp("--exclude", "three")
      #expect(excluding.quickWalks == 0 && excluding.counts["total_files_processed"] == 2)
      #expect(try shop.backUp("--exclude", "three").quickWalks == 1)
      #expect(try shop.backUp("--with-atime").quickWalks == 0)
      #expect(try shop.backUp("--with-atime", "--force").quickWalks == 0)
    }
  }

  @Test func `reads everything of a subvolume that isn't the same any more`() throws {
    try Shop.with { shop in
      try shop.backUp()
      try shop.shell(
        """
        mv data old; btrfs -q subvolume snapshot old data >/dev/null
        echo other > data/f/three; sync
        """
      )
      let other = try shop.backUp()
      #expect(other.quickWalks == 0)
      try shop.expectSame(as: other)
    }
  }

  @Test func `reads everything when others took volume snapshots or our notes are gone`() throws {
    try Shop.with { shop in
      try shop.backUp()
      try shop.shell("btrfs -q subvolume snapshot -r data other >/dev/null")
      let foreign = try shop.backUp()
      #expect(foreign.quickWalks == 0 && foreign.text.contains("another program"))
      try shop.shell("rm -r ../state/snapshots-*")
      #expect(try shop.backUp().quickWalks == 0)
      // Its own other volume snapshots are no doubt.
      try shop.backUp("--dry-run")
      #expect(try shop.backUp().quickWalks == 1)
    }
  }

  @Test func `reads everything of a disk that was put back`() throws {
    try Shop.with { shop in
      try shop.backUp()
      let tools = SystemCommandRunner()
      func unmounted(_ script: String) throws {
        // Somebody's private mount namespace may keep it mounted, and the kernel its pages.
        let whole = """
          uuid=$(blkid -o value -s UUID "$0")
          waits=0
          wait() { waits=$((waits + 1)); [ $waits -lt 600 ]; sleep 0.2; }
          until umount "$1"; do wait; done
          while [ -e "/sys/fs/btrfs/$uuid" ]; do wait; done
          \(script)
          mount "$0" "$1"
          """
        let arguments = [shop.loop.device.string, shop.loop.mountPoint.string]
        try tools.run(Command("sh", arguments: ["-ec", whole] + arguments))
      }
      try unmounted("cp --sparse=always \"$1/../image\" \"$1/../saved\"")
      try shop.shell("echo lost > data/d/one; echo lost > data/f/lost")
      try shop.backUp()
      try unmounted("cp \"$1/../saved\" \"$1/../image\"; blockdev --flushbufs \"$0\"")
      try shop.shell(
        """
        echo put back > data/d/e/two
        for number in $(seq 30); do echo $number > data/other; sync; done
        """
      )
      let after = try shop.backUp()
      #expect(after.quickWalks == 0)
      #expect(after.counts["total_files_processed"] == 4)
      try shop.expectSame(as: after)
    }
  }

  @Test func `reads everything once in ten times, and compares`() throws {
    try Shop.with { shop in
      for number in 0...9 { #expect(try shop.backUp().quickWalks == number) }
      let full = try shop.backUp()
      #expect(full.quickWalks == 0 && !full.text.contains("did not tell"))
    }
  }

  @Test(.requires(tool: "strace"))
  func `looks at what changed, not at what is there`() throws {
    try Shop.with { shop in
      try shop.shell(
        "for d in $(seq 30); do mkdir data/$d; touch $(seq -f data/$d/item%g 99); done"
      )
      let calls = shop.loop.workingDirectory.appending("calls").string
      // /proc isn't counted: other programs come and go there.
      func looks(_ options: String...) throws -> Int {
        var strace = shop.stillpoint
        let words = [strace.path.string, "backup", "--no-scan", "--no-pause"] + options + ["data"]
        strace.path = "/usr/bin/strace"
        let outcome = try strace.run(
          arguments: ["-f", "-o", calls, "-e", "trace=statx,openat"] + words
        )
        try #require(outcome.status == 0, "\(outcome)")
        return try String(contentsOfFile: calls, encoding: .utf8)
          .split(separator: "\n").count { $0.contains("item") }
      }
      try shop.backUp()
      try shop.shell("echo more >> data/7/item7")
      let quick = try looks()
      let whole = try looks("--force")
      #expect(quick < 3 * 99 && whole >= 30 * 99, "\(quick) of \(whole)")
    }
  }
}
