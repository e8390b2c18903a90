import Keeping
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// A run that stops as if it had been killed is imitated by a record whose owner is another boot.
@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `What a killed run left` {
  private func leftovers(_ volumes: TestVolumes) -> Leftovers {
    Leftovers(journal: volumes.journal, driver: volumes.driver)
  }

  /// Changes the record's owner to one that is gone.
  private func bury(_ volumes: TestVolumes) throws {
    try volumes.tools.run(
      Command(
        "sh",
        "-c",
        "sed -i 's/^owner [^ ]*/owner 00000000-0000-0000-0000-000000000001/' \"$0\"/*.run",
        volumes.state.string
      )
    )
  }

  /// Runs the steps of a backup up to `last` and leaves what they made.
  private func abandon(_ volumes: TestVolumes, after last: Int) throws {
    try volumes.shell("btrfs subvolume create home; btrfs subvolume create home/in")
    let driver = volumes.driver
    let marks = driver.marks(
      for: try volumes.plan(volumes.root.appending("home")).volumes,
      run: .random()
    )
    let record = volumes.journal.record(of: try #require(marks.first?.run))
    try record.write(marks)
    if last >= 1 { try volumes.shell("mkdir .stillpoint") }
    if last >= 2 {
      for (volume, mark) in zip(["home", "home/in"], marks) {
        let path = ".stillpoint/\(mark.name.text)"
        try volumes.shell("btrfs subvolume snapshot -r \(volume) \(path)")
        if last == 2 { break }
      }
    }
    if last >= 4 {
      let identified = try marks.map { mark in
        var mark = mark
        let path = volumes.root.appending(".stillpoint").appending(mark.name.text)
        let top = try openDirectory(path)
        mark.identity = "\(try Btrfs.subvolume(of: top.raw, subject: path).uuid)"
        return mark
      }
      try record.write(identified)
    }
    try bury(volumes)
  }

  @Test(arguments: 0...4)
  func `is removed at the next start, whatever was the last step`(last: Int) throws {
    try TestVolumes.with { volumes in
      try abandon(volumes, after: last)
      let texts = try leftovers(volumes).releaseAll()
      #expect(texts.count == [0, 0, 1, 2, 2][last])
      #expect(
        texts.allSatisfy {
          $0.hasPrefix("removed a volume snapshot that an interrupted run left: ")
        }
      )
      #expect(try volumes.subvolumes() == ["home", "home/in"])
      #expect(try volumes.shell("ls -A") == "home")
      #expect(try leftovers(volumes).releaseAll() == [])
      #expect(
        try volumes.tools.text(of: Command("ls", volumes.state.string)).contains(".run") == false
      )
    }
  }

  @Test func `is left alone while the run goes on`() throws {
    try TestVolumes.with { volumes in
      let driver = volumes.driver
      let marks = driver.marks(for: try volumes.plan(volumes.root).volumes, run: .random())
      let record = volumes.journal.record(of: try #require(marks.first?.run))
      try record.write(marks)
      let set = try driver.prepare(marks)
      try set.take()
      #expect(try leftovers(volumes).releaseAll() == [])
      #expect(try volumes.subvolumes().count == 1)
      #expect(try leftovers(volumes).release(of: record.path).count == 1)
      #expect(try volumes.subvolumes() == [])
      try record.remove()
      try set.discard()
    }
  }

  @Test func `is not what has its name but another identity`() throws {
    try TestVolumes.with { volumes in
      try abandon(volumes, after: 4)
      try volumes.shell(
        """
        cd .stillpoint; for name in *; do btrfs subvolume delete "$name"
        btrfs subvolume create "$name"; done
        """
      )
      let texts = try leftovers(volumes).releaseAll()
      #expect(texts.count == 2)
      #expect(texts.allSatisfy { $0.hasPrefix("left alone what has the name of our volume") })
      #expect(try volumes.subvolumes().count == 4)
    }
  }

  @Test func `waits for its file system`() throws {
    try TestVolumes.with { volumes in
      try abandon(volumes, after: 4)
      try unmount(volumes.root)
      let texts = try leftovers(volumes).releaseAll()
      #expect(texts.count == 2)
      #expect(texts.allSatisfy { $0.contains("isn't mounted") })
      try volumes.tools.run(
        Command("mount", volumes.loop.device.string, volumes.root.string)
      )
      #expect(try leftovers(volumes).releaseAll().count == 2)
      #expect(try volumes.subvolumes() == ["home", "home/in"])
    }
  }

  @Test func `is found when only a subvolume of the file system is mounted, elsewhere`() throws {
    try TestVolumes.with { volumes in
      try abandon(volumes, after: 4)
      try unmount(volumes.root)
      let other = volumes.loop.workingDirectory.appending("other")
      try volumes.tools.run(Command("mkdir", other.string))
      try volumes.tools.run(
        Command("mount", "-o", "subvol=home", volumes.loop.device.string, other.string)
      )
      #expect(try leftovers(volumes).releaseAll().count == 2)
    }
  }
}

@Suite struct `A record of the journal` {
  private let volume = Volume(
    name: .btrfs(fileSystem: .random(), number: 257, uuid: .random()),
    device: "/dev/mapper/a b",
    type: "btrfs",
    directory: FilePath(bytes: Array("/mnt/ü\n%x".utf8) + [0xff]),
    isWhole: true
  )

  private let dataset = Volume(
    name: .zfs(dataset: "tank/home of %", guid: 77),
    device: "tank/home of %",
    type: "zfs",
    directory: "/home",
    isWhole: true
  )

  private let logical = Volume(
    name: .lvm(group: "vg", name: "root", uuid: "AbC-d", isThin: true),
    device: "/dev/mapper/vg-root",
    type: "ext4",
    directory: "/",
    isWhole: true
  )

  @Test func `is read as it was written`() throws {
    try withTemporaryDirectory { folder in
      let journal = Journal(folder: folder.appending("a/b"))
      let run = RunID.random()
      let marks = [
        SnapshotMark(volume: volume, run: run, name: FileName("x-0")),
        SnapshotMark(
          volume: volume,
          run: run,
          name: FileName("x-1"),
          identity: "\(VolumeID.random())"
        ),
        SnapshotMark(volume: dataset, run: run, name: FileName("x-2"), identity: "1234"),
        SnapshotMark(volume: logical, run: run, name: FileName("x-3"), identity: "a-Z"),
      ]
      let record = journal.record(of: run)
      try record.write(marks)
      let driver = ListingDriver()
      #expect(try Leftovers(journal: journal, driver: driver).release(of: record.path) == [])
      #expect(driver.released == marks.reversed())
      #expect(throws: SystemCallError.self) { try fileMetadata(of: record.path) }
      try record.remove()
    }
  }

  @Test func `that is damaged is named and left alone`() throws {
    try withTemporaryDirectory { folder in
      let journal = Journal(folder: folder)
      let run = RunID.random()
      let record = journal.record(of: run)
      try record.write([SnapshotMark(volume: volume, run: run, name: FileName("x-0"))])
      let whole = try LocalFiles.read(record.path)
      let driver = ListingDriver()
      for length in [0, 1, 20, whole.count / 2, whole.count - 2] {
        try LocalFiles.replace(record.path, with: Array(whole[..<length]))
        let texts = try Leftovers(journal: journal, driver: driver).releaseAll()
        #expect(texts == ["left alone a record that can't be understood: \(record.path)"])
      }
      #expect(driver.released == [])
    }
  }

  @Test func `without a folder there are no leftovers`() throws {
    let journal = Journal(folder: "/nonexistent/stillpoint")
    #expect(try Leftovers(journal: journal, driver: ListingDriver()).releaseAll() == [])
  }
}
