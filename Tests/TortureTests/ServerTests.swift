import Foundation
import Machine
import TestSupport
import Testing

/// Backups of database servers under load, each restored and started.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "python3"))
struct `Backups of busy servers` {
  /// Where a server's files lie.
  enum Layout: String, CaseIterable, Sendable {
    case together = "btrfs", apart = "btrfs, log on a second subvolume", live = "ext4"

    var fileSystem: String { self == .live ? "ext4" : "btrfs" }
  }

  private func withSource(
    on type: String,
    _ body: (FilePath, Program, TortureRun.Place) throws -> Void
  ) throws {
    try TortureRun.Place.onLoop(type)({ place in
      // Servers run as users of their own.
      try LocalFiles.setMode(place.workingDirectory, 0o711)
      let source = try realPath(place.mountPoint).appending("source")
      try LocalFiles.makeDirectory(source, mode: 0o755)
      let stillpoint = try Program.stillpoint(withRepositoryIn: place.workingDirectory)
      try body(source, stillpoint, place)
    })
  }

  @Test(
    .enabled("needs a PostgreSQL server") { PostgresServer.tools != nil },
    arguments: Layout.allCases
  )
  func `PostgreSQL under pgbench recovers`(layout: Layout) throws {
    try withSource(on: layout.fileSystem) { source, stillpoint, place in
      let server = try makePostgres(layout, source, place)
      let backups = try (0..<TortureRun.serverCount).map { _ in
        try HeldBackup.make(of: source, stillpoint)
      }
      #expect(try server.isBusy())
      server.kill()
      let violations = try backups.flatMap { backup in
        try backup.restored(source, stillpoint, in: place) { restored in
          try postgresViolations(in: restored, layout, place)
        }
      }
      #expect(violations == [])
      let name = "PostgreSQL on \(layout.rawValue)"
      print(backups.report(name, violations: violations))
      #expect(backups.allSatisfy { $0.grade == "application" }, "\(backups.flatMap(\.reasons))")
      #expect(backups.allSatisfy { $0.applications.map(\.kind) == ["PostgreSQL"] })
    }
  }

  private func makePostgres(
    _ layout: Layout,
    _ source: FilePath,
    _ place: TortureRun.Place
  ) throws -> PostgresServer {
    let server = try PostgresServer(source.appending("pg"), notesIn: place.workingDirectory)
    try PostgresServer.user.makeFolder(server.data)
    if layout == .apart {
      let volume = source.appending("log")
      try SystemCommandRunner().run(Command("btrfs", "subvolume", "create", volume.string))
      try PostgresServer.user.makeFolder(volume.appending("pg_wal"))
      try server.create(logIn: volume.appending("pg_wal"))
    } else {
      try server.create()
    }
    try server.start()
    try server.startLoad()
    return server
  }

  private func postgresViolations(
    in restored: FilePath,
    _ layout: Layout,
    _ place: TortureRun.Place
  ) throws -> [String] {
    let data = restored.appending("pg")
    if layout == .apart {
      // It leads to the log of the server that was backed up.
      let link = data.appending("pg_wal")
      try LocalFiles.remove(link)
      try FileManager.default.createSymbolicLink(
        atPath: link.string,
        withDestinationPath: restored.appending("log/pg_wal").string
      )
    }
    try LocalFiles.setMode(restored, 0o711)
    return try PostgresServer(data, notesIn: place.workingDirectory).violations()
  }

  @Test(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil })
  func `PostgreSQL that isn't held where nothing is frozen is graded so`() throws {
    try withSource(on: "ext4") { source, stillpoint, place in
      let server = try makePostgres(.live, source, place)
      defer { server.kill() }
      let backup = try HeldBackup.make(of: source, stillpoint, "--quiesce", "off")
      #expect(backup.grade != "application")
      #expect(backup.applications.isEmpty)
    }
  }

  @Test(.requires(tool: "mariadbd"), .requires(tool: "mariadb-install-db"))
  func `MariaDB's engines agree`() throws {
    try withSource(on: "btrfs") { source, stillpoint, place in
      let server = try MariaServer(source.appending("maria"), notesIn: place.workingDirectory)
      try MariaServer.user.makeFolder(server.data)
      try server.create()
      try server.start()
      try server.startLoad()
      let backups = try (0..<TortureRun.serverCount).map { _ in
        try HeldBackup.make(of: source, stillpoint)
      }
      #expect(try server.isBusy())
      server.kill()
      let violations = try backups.flatMap { backup in
        try backup.restored(source, stillpoint, in: place) { restored in
          try LocalFiles.setMode(restored, 0o711)
          let data = restored.appending("maria")
          return try MariaServer(data, notesIn: place.workingDirectory).violations()
        }
      }
      #expect(violations == [])
      print(backups.report("MariaDB on btrfs", violations: violations))
      #expect(backups.allSatisfy { $0.grade == "application" }, "\(backups.flatMap(\.reasons))")
    }
  }
}
