import Foundation
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// With a stand-in for CephFS, whose volume snapshots are copies.
@Suite struct `Volume snapshots of CephFS` {
  private let ceph = FakeCephFS()
  private let run = RunID.random()

  private func volume(_ directory: FilePath) -> Volume {
    Volume(
      name: .cephfs(source: "admin@d9.data=/\(directory.lastComponent?.string ?? "")"),
      device: "admin@d9.data=/",
      type: "ceph",
      directory: directory,
      isWhole: true
    )
  }

  /// Calls `body` with two directories, each with a file.
  private func withVolumes(_ body: ([FilePath]) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let volumes = ["home", "mail"].map { directory.appending($0) }
      for volume in volumes {
        try FileManager.default.createDirectory(
          atPath: volume.string,
          withIntermediateDirectories: false
        )
        try Data("old".utf8).write(to: URL(filePath: volume.appending("file").string))
      }
      try body(volumes)
    }
  }

  private func content(_ top: SharedDescriptor) throws -> String {
    try String(contentsOfFile: "/proc/self/fd/\(top.raw)/file", encoding: .utf8)
  }

  @Test func `show what was, and are gone afterwards`() throws {
    try withVolumes { directories in
      let driver = CephFSDriver(folder: ceph)
      let marks = driver.marks(for: directories.map(volume), run: run)
      #expect(Set(marks.map(\.name)).count == 2)
      let set = try driver.prepare(marks)
      try set.flush()
      try set.take()
      try Data("new".utf8).write(to: URL(filePath: directories[0].appending("file").string))
      let snapshots = try set.identify()
      #expect(snapshots.map(\.mark.identity) == ["1764126000.1", "1764126000.2"])
      #expect(try snapshots.map { try content($0.top) } == ["old", "old"])
      try set.verify()
      try set.discard()
      try set.discard()
      #expect(directories.map(ceph.names(of:)) == [[], []])
    }
  }

  @Test func `that another program removes or replaces are lost`() throws {
    try withVolumes { directories in
      let driver = CephFSDriver(folder: ceph)
      let marks = driver.marks(for: [volume(directories[0])], run: run)
      let set = try driver.prepare(marks)
      try set.take()
      _ = try set.identify()
      try ceph.removeForeign(marks[0].name.text, of: directories[0])
      #expect(throws: SnapshotLost.self) { try set.verify() }
      try ceph.makeForeign(marks[0].name.text, of: directories[0])
      #expect(throws: SnapshotLost.self) { try set.verify() }
      try set.discard()
      #expect(ceph.names(of: directories[0]) == [marks[0].name.text])
    }
  }

  @Test func `of a killed run are removed by their birth, and others' never`() throws {
    try withVolumes { directories in
      let driver = CephFSDriver(folder: ceph)
      var mark = driver.marks(for: [volume(directories[0])], run: run)[0]
      #expect(try driver.release(mark) == .absent)
      try ceph.makeForeign(mark.name.text, of: directories[0])
      try ceph.makeForeign("\(mark.name.text)0", of: directories[0])
      mark.identity = "1764126000.77"
      #expect(try driver.release(mark) == .foreign)
      mark.identity = "1764126000.1"
      #expect(try driver.release(mark) == .removed)
      #expect(ceph.names(of: directories[0]) == ["\(mark.name.text)0"])
    }
  }

  @Test func `that fail after they were made are removed`() throws {
    try withVolumes { directories in
      ceph.failAfterMaking()
      let driver = CephFSDriver(folder: ceph)
      let set = try driver.prepare(driver.marks(for: [volume(directories[0])], run: run))
      #expect(throws: SnapshotError.self) { try set.take() }
      #expect(ceph.names(of: directories[0]).count == 1)
      try set.discard()
      #expect(ceph.names(of: directories[0]) == [])
    }
  }

  @Test func `are refused where the file system has no such folder`() throws {
    try withVolumes { directories in
      let driver = CephFSDriver()
      let set = try driver.prepare(driver.marks(for: [volume(directories[0])], run: run))
      #expect(throws: SnapshotError.self) { try set.take() }
      try set.discard()
    }
  }
}
