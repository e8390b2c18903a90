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
}
