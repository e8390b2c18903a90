import Foundation
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// With a stand-in for macOS's programs, whose volume snapshots are copies.
@Suite struct `Volume snapshots of APFS` {
  private let run = RunID.random()

  /// Two volumes with a file each, and what stands in for macOS.
  private struct Mac {
    let apfs: FakeAPFS
    let directories: [FilePath]
    let state: FilePath

    var driver: APFSDriver { APFSDriver(state: state, tools: apfs) }

    var volumes: [Volume] {
      directories.map { directory in
        Volume(
          name: .apfs(uuid: directory.lastComponent?.string ?? ""),
          device: "/dev/disk3s5",
          type: "apfs",
          directory: directory,
          isWhole: true
        )
      }
    }

    static func with(_ body: (Mac) throws -> Void) throws {
      try withTemporaryDirectory { directory in
        let paths = ["Data", "Projects", "store", "state"].map { directory.appending($0) }
        for path in paths {
          try FileManager.default.createDirectory(
            atPath: path.string,
            withIntermediateDirectories: false
          )
        }
        for volume in paths[..<2] {
          try Data("old".utf8).write(to: URL(filePath: volume.appending("file").string))
        }
        let apfs = FakeAPFS(volumes: Array(paths[..<2]), store: paths[2])
        try body(Mac(apfs: apfs, directories: Array(paths[..<2]), state: paths[3]))
      }
    }

    func states() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: state.string)
    }
  }

  @Test func `are taken by one command, mounted, and deleted by their uuids`() throws {
    try Mac.with { mac in
      let theirs = try mac.apfs.run(APFS.take)
      #expect(APFS.date(parsing: theirs) == "2026-11-26-031501")
      let set = try mac.driver.prepare(mac.driver.marks(for: mac.volumes, run: run))
      try set.flush()
      try set.take()
      try Data("new".utf8).write(to: URL(filePath: mac.directories[0].appending("file").string))
      let snapshots = try set.identify()
      for snapshot in snapshots {
        let path = "/proc/self/fd/\(snapshot.top.raw)/file"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      }
      try set.verify()
      try set.discard()
      try set.discard()
      #expect(mac.directories.map { mac.apfs.uuids(of: $0).count } == [1, 1])
      #expect(try mac.states() == [])
      let verbs = mac.apfs.with { $0.commands.map { "\($0.tool) \($0.arguments[0])" } }
      #expect(verbs.count { $0 == "tmutil localsnapshot" } == 2)
      #expect(verbs.filter { $0.hasPrefix("umount") }.count == 2)
    }
  }

  @Test func `that Time Machine thins out are lost`() throws {
    try Mac.with { mac in
      let set = try mac.driver.prepare(mac.driver.marks(for: mac.volumes, run: run))
      try set.take()
      let snapshots = try set.identify()
      let volume = mac.directories[0]
      try mac.apfs.run(APFS.delete(snapshots[0].mark.identity ?? "", of: volume))
      #expect(throws: SnapshotLost.self) { try set.verify() }
      try set.discard()
      #expect(mac.apfs.uuids(of: mac.directories[1]) == [])
    }
  }

  @Test func `of a killed run are unmounted and deleted, others' never`() throws {
    try Mac.with { mac in
      let driver = mac.driver
      var mark = driver.marks(for: [mac.volumes[0]], run: run)[0]
      #expect(try driver.release(mark) == .absent)
      let set = try driver.prepare([mark])
      try set.take()
      mark = try #require(try set.identify().first).mark
      try mac.apfs.run(APFS.take)
      #expect(try mac.driver.release(mark) == .removed)
      let left = mac.apfs.uuids(of: mac.directories[0])
      #expect(left.count == 1 && left != [mark.identity])
      #expect(try mac.states() == [])
      #expect(try mac.driver.release(mark) == .absent)
    }
  }

  @Test func `whose name two have are not guessed`() throws {
    try Mac.with { mac in
      let set = try mac.driver.prepare(mac.driver.marks(for: [mac.volumes[0]], run: run))
      try set.take()
      let volume = mac.directories[0]
      mac.apfs.with { state in
        let name = state.snapshots[volume]?[0].name ?? ""
        state.snapshots[volume]?.append(APFS.Snapshot(name: name, uuid: "theirs"))
      }
      #expect(throws: SnapshotLost.self) { _ = try set.identify() }
      try set.discard()
      #expect(mac.apfs.uuids(of: volume).contains("theirs"))
    }
  }

  @Test(arguments: ["", "<plist>", "{}"])
  func `are not read from what can't be understood`(text: String) {
    #expect(APFS.snapshots(parsing: Array(text.utf8)) == nil)
    #expect(APFS.date(parsing: Array(text.utf8)) == nil)
  }
}
