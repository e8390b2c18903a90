import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
struct `Nested subvolumes that come and go during a backup` {
  @Test func `are named when they can't be covered, and harm nothing else`() throws {
    try BusyVolume.with { volume in
      let nested = volume.source.appending("nested").string
      let loop = try Program("/bin/sh").start([
        "-c",
        """
        trap 'exit 0' TERM
        while :; do
          btrfs -q subvolume create "$0"; echo kept > "$0/file"; btrfs -q subvolume delete "$0"
        done
        """,
        nested,
      ])
      defer {
        kill(loop.processID, SIGTERM)
        _ = loop.wait()
      }
      for _ in 0..<8 {
        let outcome = try volume.stillpoint.run(
          arguments: ["backup", "--json"] + Program.patience + [volume.source.string]
        )
        let summary = try #require(outcome.output.split(separator: "\n").last)
        #expect(summary.contains("\"grade\":\"instant\""), "\(outcome)")
        // Either it was covered, or wasn't there, or is named.
        #expect(outcome.status == 0 || outcome.error.contains(nested), "\(outcome)")
        #expect([0, 3].contains(outcome.status))
      }
    }
  }
}
