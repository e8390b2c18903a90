import Machine
import Planning
import Snapshotting
import TestSupport
import Testing
import Viewing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `The top of a file system` {
  /// What a backup would store of the top, once for each run.
  private func seen(_ count: Int, in volumes: TestVolumes) throws -> [[FileTime]] {
    try (0..<count).map { _ in
      var times: [FileTime] = []
      try volumes.viewing(volumes.plan(volumes.root)) { (view, _) throws in
        let top = try view.metadata(of: volumes.root)
        times = [top.modified, top.changed]
      }
      return times
    }
  }

  @Test func `has its own times in every backup, although we make a directory in it`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell("touch file")
      let before = try fileMetadata(of: volumes.root)
      let seen = try seen(3, in: volumes)
      #expect(seen == Array(repeating: [before.modified, before.changed], count: 3))
      let after = try fileMetadata(of: volumes.root)
      #expect(after.modified == before.modified)
      #expect(after.changed != before.changed)
    }
  }

  @Test func `that others change has the new times`() throws {
    try TestVolumes.with { volumes in
      let first = try seen(2, in: volumes)
      try volumes.shell("touch file")
      let changed = try fileMetadata(of: volumes.root)
      let then = try seen(2, in: volumes)
      #expect(first[0] == first[1])
      #expect(then == Array(repeating: [changed.modified, changed.changed], count: 2))
    }
  }

  @Test func `has its own times on the way to a source below it`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell("btrfs subvolume create home")
      let before = try fileMetadata(of: volumes.root)
      waitForNextFileTime()
      for _ in 0..<2 {
        try volumes.viewing(volumes.plan(volumes.root.appending("home"))) { (view, _) throws in
          let root = view.root(for: volumes.root)
          #expect(root.path == "/")
          let now = try fileMetadata(of: volumes.root)
          #expect(now.changed != before.changed)
          let seen = root.corrected(now)
          #expect(seen.changed == before.changed)
          #expect(seen.modified == before.modified)
          #expect(root.hiddenEntry(of: now) == FileName(".stillpoint"))
        }
      }
    }
  }

  @Test func `keeps a change that was made while we held it`() throws {
    try TestVolumes.with { volumes in
      var changed: FileTime?
      try volumes.viewing(volumes.plan(volumes.root)) { (_, _) throws in
        waitForNextFileTime()
        try volumes.shell(": > new")
        changed = try fileMetadata(of: volumes.root).modified
      }
      #expect(try fileMetadata(of: volumes.root).modified == changed)
      #expect(try seen(1, in: volumes)[0][0] == changed)
    }
  }
}
