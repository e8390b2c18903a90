import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requires(tool: "restic"), .requires(tool: "python3"))
struct `Reading as restic does` {
  @Test func `differences are found and counted alike`() throws {
    try SnapshotHistory.with { history in
      let ids = history.ids
      for (old, new) in [(ids[0], ids[1]), (ids[1], ids[2]), (ids[2], ids[0]), (ids[0], ids[0])] {
        try history.expectSameJSON(["diff", old, new])
        try history.expectSameJSON(["diff", "--metadata", old, new])
        guard history.isCurrent else { continue }
        try history.expectSameLines(["diff", old, new])
        try history.expectSameLines(["diff", "--metadata", old, new])
        try history.expectSameJSON(["diff", "\(old):\(history.tree)", "\(new):\(history.tree)"])
        try history.expectSameLines(["diff", "-q", "\(old):/", "\(new):\(history.tree)"])
      }
      try history.expectSameLines(["diff", ids[0], "ffffffff"])
      try history.expectSameLines(["diff", ids[0]])
    }
  }

  @Test func `snapshots are counted alike`() throws {
    try SnapshotHistory.with { history in
      for mode in ["restore-size", "files-by-contents", "blobs-per-file", "raw-data"] {
        for selection in [[], ["latest"], [history.ids[1]], ["--tag", "turn-2"]] {
          try history.expectSameJSON(["stats", "--mode", mode] + selection)
          guard history.isCurrent else { continue }
          try history.expectSameLines(["stats", "--mode", mode] + selection)
        }
      }
      try history.expectSameLines(["stats", "--mode", "nothing"])
      guard history.isCurrent else { return }
      try history.expectSameLines(["stats", "nope", "--host", "nobody", "latest"])
      try history.expectSameJSON(["stats", "--host", "nobody"])
    }
  }

  @Test func `what a snapshot holds is listed alike`() throws {
    try SnapshotHistory.with { history in
      for id in history.ids {
        try history.expectSameJSON(["ls", id])
        try history.expectSameJSON(["ls", id, history.tree])
        try history.expectSameLines(["ls", "-lq", "--recursive", id, history.tree])
        guard history.isCurrent else { continue }
        try history.expectSameJSON(["ls", "\(id):\(history.tree)"])
        try history.expectSameLines(["ls", "-l", "--human-readable", id])
      }
      guard history.isCurrent else { return }
      for order in ["name", "size", "time", "mtime", "atime", "ctime", "extension"] {
        try history.expectSameLines(["ls", "-l", "--sort", order, "latest"])
        try history.expectSameLines(["ls", "-l", "-s", order, "--reverse", "latest"])
      }
    }
  }

  @Test func `what ncdu reads is written alike`() throws {
    try SnapshotHistory.with { history in
      guard history.isCurrent else { return }
      let folder = "latest:\(history.tree)"
      for place in [["latest"], ["latest", history.tree], [folder, "/a", "/c d"]] {
        try history.expectSameLines(["ls", "--ncdu"] + place)
        try history.expectSameLines(["ls", "--ncdu", "--recursive"] + place)
      }
      for wrong in [["--json"], ["--sort", "size"], ["--reverse"]] {
        try history.expectSameLines(["ls", "--ncdu", "latest"] + wrong)
      }
    }
  }
}
