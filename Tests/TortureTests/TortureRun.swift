import Foundation
import Machine
import TestSupport

/// Backups in a row of what busy writers write, each restored and checked.
struct TortureRun {
  /// What `backup --json` says of one backup.
  struct Summary: Decodable {
    struct Pause: Decodable {
      var stopping_ms: Double
      var flush_ms: Double
      var snapshot_ms: Double
      var release_ms: Double
    }
    struct Below: Decodable {
      var path: String
      var grade: String
      var reason: String
    }
    struct Stillpoint: Decodable {
      var grade: String
      var below_grade: [Below]
      var pause_ms: Double?
      var pause: Pause?
    }
    var message_type: String
    var snapshot_id: String?
    var stillpoint: Stillpoint?
  }

  private(set) var summaries: [Summary.Stillpoint] = []
  /// Of each torn copy, what is wrong in it.
  private(set) var torn: [[String]] = []
  /// How many times the files of a writer were checked; those are not that are named in the backup.
  private(set) var checks = 0

  /// How many backups: `$STILLPOINT_TORTURE_RUNS`, else 20.
  static var count: Int { asked ?? 20 }

  private static var asked: Int? {
    ProcessInfo.processInfo.environment["STILLPOINT_TORTURE_RUNS"].flatMap { Int($0) }
  }

  /// The same of databases, of which there are many cases: else 5.
  static var databaseCount: Int { asked ?? 5 }

  /// The same of servers, where each takes long: else 3.
  static var serverCount: Int { asked ?? 3 }

  /// A file system to write to, and a directory on another.
  struct Place {
    var mountPoint: FilePath
    var workingDirectory: FilePath

    /// Calls `body` with a btrfs.
    static func onBtrfs(_ body: (Place) throws -> Void) throws {
      try LoopDevice.with("btrfs", sizeMiB: 4096) { device in
        try body(Place(mountPoint: device.mountPoint, workingDirectory: device.workingDirectory))
        let list = Command("btrfs", "subvolume", "list", device.mountPoint.string)
        let left = try SystemCommandRunner().text(of: list)
        if left.contains(".stillpoint") { throw TortureError("left: \(left)") }
      }
    }

    /// Calls `body` with another file system on a loop device.
    static func onLoop(_ type: String) -> ((Place) throws -> Void) throws -> Void {
      { body in
        try LoopDevice.with(type, sizeMiB: 4096) { device in
          try body(
            Place(mountPoint: device.mountPoint, workingDirectory: device.workingDirectory)
          )
        }
      }
    }

    /// Calls `body` with a pool of ZFS.
    static func onZFS(_ body: (Place) throws -> Void) throws {
      try TestPool.with { pool in
        try body(Place(mountPoint: pool.mountPoint, workingDirectory: pool.workingDirectory))
        let left = try pool.snapshots()
        if !left.isEmpty { throw TortureError("left: \(left)") }
      }
    }

    /// Calls `body` with a logical volume.
    static func onLVM(_ type: String, isThin: Bool) -> ((Place) throws -> Void) throws -> Void {
      { body in
        try TestVolumeGroup.with { group in
          if isThin { try group.createPool("pool", sizeMiB: 2000) }
          let top = try group.create(
            "data",
            type,
            sizeMiB: 1000,
            inPool: isThin ? "pool" : nil
          )
          try body(Place(mountPoint: top, workingDirectory: group.workingDirectory))
        }
      }
    }

    /// Calls `body` with an ext4 on a thick logical volume, and in it the folders of
    /// ``WriterKind/volumes``: the second is an XFS on a thin one, the third a btrfs.
    static func onThreeKinds(_ body: (Place) throws -> Void) throws {
      try TestVolumeGroup.with { group in
        let top = try group.create("data", "ext4", sizeMiB: 400)
        let folder = top.appending("source/volumes")
        try FileManager.default.createDirectory(
          atPath: folder.appending("a").string,
          withIntermediateDirectories: true
        )
        try group.createPool("pool", sizeMiB: 800)
        _ = try group.create("b", "xfs", sizeMiB: 400, inPool: "pool", at: folder.appending("b"))
        _ = try group.create("c", "btrfs", sizeMiB: 400, at: folder.appending("c"))
        try body(Place(mountPoint: top, workingDirectory: group.workingDirectory))
      }
    }
  }

  /// Backs up again and again, then restores and checks everything.
  ///
  /// - Parameters:
  ///   - name: For the line that is printed at the end.
  ///   - kinds: Who writes.
  ///   - place: Where they write.
  ///   - count: How many backups.
  ///   - options: Of `backup`.
  ///   - isApart: Whether the writers are in mount and process namespaces of their own.
  ///   - endsWhenTorn: Whether the first torn copy is enough.
  ///   - ignoresNames: Whether also what the backup itself names is to be whole.
  /// - Throws: When a backup or a restore fails.
  init(
    _ name: String,
    _ kinds: [WriterKind],
    on place: ((Place) throws -> Void) throws -> Void = Place.onBtrfs,
    count: Int = Self.count,
    options: [String] = [],
    inNamespaces isApart: Bool = false,
    endsWhenTorn: Bool = false,
    ignoresNames: Bool = false
  ) throws {
    try place { device in
      let source = device.mountPoint.appending("source")
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      var writers: [TortureWriter] = []
      for kind in kinds {
        writers.append(try TortureWriter(kind, below: source, inNamespaces: isApart))
      }
      var snapshots: [(id: String, kinds: [WriterKind])] = []
      for _ in 0..<count {
        let arguments = ["backup", "--json", "--quiet"] + options + [source.string]
        let outcome = try stillpoint.run(arguments: arguments)
        let (id, summary) = try Self.read(outcome)
        summaries.append(summary)
        let trusted = kinds.filter { ignoresNames || !summary.names($0, below: source) }
        if endsWhenTorn {
          try check(id, trusted, stillpoint, device)
          if !torn.isEmpty { break }
        } else {
          snapshots.append((id, trusted))
        }
      }
      guard writers.allSatisfy(\.isRunning) else { throw TortureError("a writer ended") }
      writers = []
      for (id, kinds) in snapshots { try check(id, kinds, stillpoint, device) }
    }
    print(report(name))
  }

  private static func read(_ outcome: Program.Outcome) throws -> (String, Summary.Stillpoint) {
    for line in outcome.output.split(separator: "\n") {
      guard let summary = try? JSONDecoder().decode(Summary.self, from: Data(line.utf8)),
        summary.message_type == "summary", let id = summary.snapshot_id,
        let stillpoint = summary.stillpoint
      else { continue }
      return (id, stillpoint)
    }
    throw TortureError("no backup: \(outcome.status) \(outcome.output) \(outcome.error)")
  }

  private mutating func check(
    _ id: String,
    _ kinds: [WriterKind],
    _ stillpoint: Program,
    _ device: Place
  ) throws {
    let target = device.workingDirectory.appending("restored")
    let source = device.mountPoint.appending("source").string
    try stillpoint.succeed("restore", "\(id):\(source)", "--target", target.string)
    let found = try kinds.flatMap { try violations(of: $0, in: target) }
    checks += kinds.count
    if !found.isEmpty { torn.append(found) }
    try FileManager.default.removeItem(atPath: target.string)
  }

  /// How many backups have the grade `instant`, or the one above it.
  var instants: Int { summaries.count { ["instant", "application"].contains($0.grade) } }

  /// How many have the grade `application`.
  var cleanPoints: Int { summaries.count { $0.grade == "application" } }

  /// Why backups have a lower grade.
  var doubts: [String] {
    summaries.flatMap(\.below_grade).filter { $0.grade != "instant" }.map(\.reason)
  }

  var whole: Int { summaries.count - torn.count }

  /// In milliseconds, ascending.
  var pauses: [Double] { summaries.compactMap(\.pause_ms).sorted() }

  var medianPause: Double { pauses.isEmpty ? 0 : pauses[pauses.count / 2] }

  private func report(_ name: String) -> String {
    func median(_ part: (Summary.Pause) -> Double) -> String {
      let sorted = summaries.compactMap(\.pause).map(part).sorted()
      return sorted.isEmpty ? "-" : String(format: "%.0f", sorted[sorted.count / 2])
    }
    return """
      torture, \(name): \(whole) of \(summaries.count) whole, \(instants) graded instant; \
      pause median \(String(format: "%.0f", medianPause)) ms, \
      longest \(String(format: "%.0f", pauses.last ?? 0)) ms; \
      of it stopping \(median(\.stopping_ms)), flush \(median(\.flush_ms)), \
      snapshot \(median(\.snapshot_ms)), release \(median(\.release_ms)) ms
      """
  }
}

extension TortureRun.Summary.Stillpoint {
  /// Whether something of a writer's files, or all of the source, is said to be no instant.
  fileprivate func names(_ kind: WriterKind, below source: FilePath) -> Bool {
    let folder = source.appending(kind.rawValue)
    // An application that was not held is of the instant all the same.
    return below_grade.filter { $0.grade != "instant" }.contains { named in
      let path = FilePath(named.path)
      return path.starts(with: folder) || folder.starts(with: path)
    }
  }
}
