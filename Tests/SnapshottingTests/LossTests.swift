import Machine
import Planning
import Snapshotting
import TestSupport
import Testing
import Viewing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `A volume snapshot` {
  /// Where `body` finds the volume snapshots: the directory `.stillpoint` in the top level.
  private func losing(_ body: (TestVolumes, _ name: String) throws -> Void) throws -> SnapshotLost?
  {
    var loss: SnapshotLost?
    try TestVolumes.with { volumes in
      try volumes.shell("btrfs subvolume create home; echo 1 > home/file")
      let driver = volumes.driver
      let marks = try driver.marks(
        for: volumes.plan(volumes.root.appending("home")).volumes,
        run: .random()
      )
      let set = try driver.prepare(marks)
      defer { try? set.discard() }
      try set.take()
      let snapshot = try #require(try set.identify().first)
      try set.verify()
      try body(volumes, ".stillpoint/\(snapshot.mark.name.text)")
      loss = #expect(throws: SnapshotLost.self) { try set.verify() }
    }
    return loss
  }

  @Test func `that was deleted is noticed`() throws {
    let loss = try losing { volumes, path in
      try volumes.shell("btrfs subvolume delete \(path)")
    }
    #expect(loss?.finding == "it was deleted")
  }

  @Test func `that was replaced is noticed`() throws {
    let loss = try losing { volumes, path in
      try volumes.shell("btrfs subvolume delete \(path); btrfs subvolume snapshot -r home \(path)")
    }
    #expect(loss?.finding == "it was deleted")
  }

  @Test func `that was changed is noticed`() throws {
    let loss = try losing { volumes, path in
      try volumes.shell(
        """
        btrfs property set \(path) ro false; echo 2 > \(path)/file
        btrfs property set \(path) ro true; sync -f .
        """
      )
    }
    #expect(loss?.finding == "it was made writable or changed")
  }

  @Test func `isn't needed of a read-only subvolume`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell(
        """
        btrfs subvolume create home; echo 1 > home/file
        btrfs subvolume snapshot -r home home/old; btrfs subvolume snapshot -r home home/older
        """
      )
      let old = volumes.root.appending("home/old")
      try volumes.viewing(volumes.plan(volumes.root.appending("home"))) { (view, set) throws in
        #expect(view.deviceIDs.count == 3)
        #expect(try view.content(of: old.appending("file")) == "1\n")
        #expect(try volumes.subvolumes().filter { $0.hasPrefix(".stillpoint") }.count == 1)
      }
      var loss: SnapshotLost?
      _ = try? volumes.viewing(volumes.plan(old)) { (_, set) throws in
        try volumes.shell("btrfs subvolume delete home/old")
        loss = #expect(throws: SnapshotLost.self) { try set.verify() }
      }
      #expect(loss?.finding == "it was deleted")
      let older = volumes.root.appending("home/older")
      _ = try? volumes.viewing(volumes.plan(older)) { (_, set) throws in
        try volumes.shell("btrfs property set home/older ro false")
        loss = #expect(throws: SnapshotLost.self) { try set.verify() }
      }
      #expect(loss?.finding == "it was made writable or changed")
    }
  }

  @Test func `survives a balance`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell("btrfs subvolume create home; seq 100000 > home/file")
      try volumes.viewing(volumes.plan(volumes.root.appending("home"))) { (_, set) throws in
        try volumes.shell("btrfs balance start --full-balance .; sync -f .")
        try set.verify()
      }
    }
  }

  @Test func `is released once, however often that is asked`() throws {
    try TestVolumes.with { volumes in
      let driver = volumes.driver
      let set = try driver.prepare(
        driver.marks(for: volumes.plan(volumes.root).volumes, run: .random())
      )
      try set.take()
      let mark = try #require(try set.identify().first?.mark)
      try set.discard()
      try set.discard()
      #expect(try driver.release(mark) == .absent)
      #expect(try volumes.subvolumes() == [])
    }
  }

  @Test func `that was only prepared leaves nothing`() throws {
    try TestVolumes.with { volumes in
      let driver = volumes.driver
      let set = try driver.prepare(
        driver.marks(for: volumes.plan(volumes.root).volumes, run: .random())
      )
      #expect(try volumes.shell("ls -A") == ".stillpoint")
      try set.discard()
      #expect(try volumes.shell("ls -A") == "")
    }
  }

  @Test func `of others stays, and keeps our directory`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell(
        "mkdir .stillpoint; btrfs subvolume snapshot -r . .stillpoint/mine; touch .stillpoint/file"
      )
      try volumes.viewing(volumes.plan(volumes.root)) { (view, _) throws in
        let root = view.root(for: volumes.root)
        let top = try fileMetadata(in: root.directory.raw, subject: volumes.root)
        #expect(root.hiddenEntry(of: top) == FileName(".stillpoint"))
        #expect(view.roots.count == 2)
      }
      #expect(try volumes.subvolumes() == [".stillpoint/mine"])
      #expect(try volumes.shell("ls .stillpoint") == "file\nmine")
    }
  }

  @Test func `of two runs at once share the directory`() throws {
    try TestVolumes.with { volumes in
      let driver = volumes.driver
      let plan = try volumes.plan(volumes.root)
      let first = try driver.prepare(driver.marks(for: plan.volumes, run: .random()))
      let second = try driver.prepare(driver.marks(for: plan.volumes, run: .random()))
      try first.discard()
      try second.take()
      #expect(try second.identify().count == 1)
      try second.discard()
      #expect(try volumes.shell("ls -A") == "")
    }
  }
}
