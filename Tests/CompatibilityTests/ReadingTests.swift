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

  @Test func `names are found alike`() throws {
    try SnapshotHistory.with { history in
      for pattern in [
        ["a"], ["*.txt"], ["-i", "*.txt"], ["\(history.tree)/*"], ["/**/a"], ["a", "B.*"],
        ["[a-c]*"], ["!a"], ["nothing"], ["-O", "2021-06-01", "*"],
        ["-N", "01.06.2021 12:00", "*"],
        ["-O", "2020-10-01 00:00:00 +0200", "-N", "2022-01-01 08:30:00", "*"], ["tree"],
      ] {
        // An old restic has the snapshots in no order.
        try history.expectSameJSON(["find", "-s", history.ids[2]] + pattern)
        guard history.isCurrent else { continue }
        try history.expectSameJSON(["find"] + pattern)
        try history.expectSameLines(["find"] + pattern)
        try history.expectSameLines(["find", "-l", "-R", "--tag", "turn-1"] + pattern)
        try history.expectSameLines(["find", "-lq", "--human-readable"] + pattern)
      }
      try history.expectSameLines(["find", "-O", "yesterday", "a"])
      try history.expectSameLines(["find", "--blob", "--tree", "a"])
    }
  }

  @Test func `blobs, trees and packs are found alike`() throws {
    try SnapshotHistory.with { history in
      let blobs = try history.both.restic.succeed("list", "blobs").split(separator: "\n")
      let data = try #require(blobs.first { $0.hasPrefix("data") }).dropFirst(5)
      let packs = try history.both.restic.succeed("list", "packs").split(separator: "\n")
      let snapshot = try history.both.snapshot(history.ids[2])
      let tree = try #require(snapshot["tree"] as? String)
      var searches = [
        ["--blob", String(data)], ["--blob", String(data.prefix(8))], ["--blob", "12345678"],
      ]
      if history.isCurrent {
        // Old versions miss the tree of a snapshot, and the trees in packs.
        searches += [["--tree", tree], ["--tree", String(tree.prefix(8))]]
        searches += packs.sorted().prefix(3).map { ["--pack", String($0)] }
      }
      for search in searches {
        try history.expectSameJSON(["find", "-s", history.ids[2]] + search)
        guard history.isCurrent else { continue }
        try history.expectSameJSON(["find"] + search)
        try history.expectSameLines(["find"] + search)
        // restic doesn't know any more which tree eight digits meant.
        if search[0] == "--tree" && search[1].count == 8 { continue }
        try history.expectSameLines(["find", "--show-pack-id"] + search, ordered: false)
      }
      try history.expectSameLines(["find", "--pack", "nothing"])
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

  @Test func `objects are listed alike`() throws {
    try SnapshotHistory.with { history in
      for kind in ["blobs", "packs", "index", "snapshots", "keys", "locks"] {
        try history.expectSameLines(["list", kind], ordered: false)
      }
      for wrong in [[], ["nothing"], ["packs", "more"]] {
        try history.expectSameLines(["list"] + wrong)
      }
    }
  }
}
