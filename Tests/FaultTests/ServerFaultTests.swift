import Foundation
import Machine
import TestSupport
import Testing

/// Servers that die, or don't let us in, while they are backed up.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `Servers that can't be held` {
  private func withSource(
    on type: String,
    _ body: (FilePath, Program, LoopDevice) throws -> Void
  ) throws {
    try LoopDevice.with(type, sizeMiB: 2048) { device in
      try LocalFiles.setMode(device.workingDirectory, 0o711)
      let source = try realPath(device.mountPoint).appending("source")
      try LocalFiles.makeDirectory(source, mode: 0o755)
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      try body(source, stillpoint, device)
    }
  }

  private func startMaria(_ source: FilePath, _ device: LoopDevice) throws -> MariaServer {
    let server = try MariaServer(source.appending("maria"), notesIn: device.workingDirectory)
    try MariaServer.user.makeFolder(server.data)
    try server.create()
    try server.start()
    try server.startLoad(clients: 2)
    return server
  }

  private func startPostgres(_ source: FilePath, _ device: LoopDevice) throws -> PostgresServer {
    let server = try PostgresServer(source.appending("pg"), notesIn: device.workingDirectory)
    try PostgresServer.user.makeFolder(server.data)
    try server.create()
    try server.start()
    try server.startLoad()
    return server
  }

  @Test(.requires(tool: "mariadbd"), .requires(tool: "mariadb-install-db"))
  func `are named with what they say`() throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      let server = try startMaria(source, device)
      defer { server.kill() }
      let options = device.workingDirectory.appending("options")
      let text = "[client]\nuser=nobody-here\npassword=very-secret-word\n"
      try LocalFiles.replace(options, with: Array(text.utf8))
      let outcome = try stillpoint.run(
        arguments: ["backup", "--json", "--force", "--mysql-option-file", options.string]
          + Program.patience + [source.string]
      )
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("\"grade\":\"instant\""), "\(outcome)")
      #expect(outcome.output.contains("Access denied"), "\(outcome)")
      #expect(!"\(outcome)".contains("very-secret-word"))
      let strict = try stillpoint.run(
        arguments: ["backup", "--json", "--force", "--require", "application"]
          + ["--mysql-option-file", options.string, source.string]
      )
      #expect(strict.status == 20, "\(strict)")
      #expect(try server.isBusy())
    }
  }

  @Test(.requires(tool: "mariadbd"), .requires(tool: "mariadb-install-db"))
  func `that die in the middle claim nothing, and those that don't go on`() throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      for point in 0..<5 {
        let folder = source.appending("\(point)")
        try LocalFiles.makeDirectory(folder, mode: 0o755)
        let server = try startMaria(folder, device)
        let backup = try stillpoint.start(["backup", "--json", "--force", source.string])
        usleep(UInt32(300_000 + point * 60_000))
        server.kill()
        let outcome = backup.wait()
        #expect(outcome.status == 0, "point \(point): \(outcome)")
        guard outcome.output.contains("\"grade\":\"application\"") else { continue }
        #expect(try violations(folder, stillpoint, device) == [])
      }
    }
  }

  private func violations(
    _ folder: FilePath,
    _ stillpoint: Program,
    _ device: LoopDevice
  ) throws -> [String] {
    let target = device.workingDirectory.appending("restored")
    try stillpoint.succeed("restore", "latest:\(folder)", "--target", target.string)
    defer { try? FileManager.default.removeItem(atPath: target.string) }
    // Nothing was backed up of a server that died before.
    guard (try? fileMetadata(of: target.appending("maria/ibdata1"))) != nil else { return [] }
    try LocalFiles.setMode(target, 0o711)
    return try MariaServer(target.appending("maria"), notesIn: device.workingDirectory).violations()
  }

  @Test(.requires(tool: "mariadbd"), .requires(tool: "mariadb-install-db"))
  func `go on when we are killed`() throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      let server = try startMaria(source, device)
      defer { server.kill() }
      for point in 0..<8 {
        let backup = try stillpoint.start(["backup", "--quiet", "--force", source.string])
        usleep(UInt32(150_000 + point * 50_000))
        if point.isMultiple(of: 2) {
          for keeper in children(of: backup.processID) { kill(keeper, SIGKILL) }
        }
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        #expect(holds(within: 20) { (try? server.isBusy()) == true }, "point \(point)")
      }
    }
  }

  @Test(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil })
  func `PostgreSQL is out of its backup mode when we are killed, and named when it dies`() throws {
    try withSource(on: "ext4") { source, stillpoint, device in
      let server = try startPostgres(source, device)
      defer { server.kill() }
      for point in 0..<4 {
        let backup = try stillpoint.start(["backup", "--quiet", "--force", source.string])
        usleep(UInt32(400_000 + point * 200_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        let slots = "select count(*) from pg_replication_slots"
        #expect(holds(within: 20) { (try? server.sql(slots)) == "0\n" }, "point \(point)")
      }
      // So slowly that it is in backup mode still when the server dies.
      let backup = try stillpoint.start([
        "backup", "--json", "--force", "--compression", "off", "--pack-size", "4",
        "--limit-upload", "8192", source.string,
      ])
      #expect(
        holds(within: 20) {
          (try? server.sql("select count(*) from pg_replication_slots")) == "1\n"
        }
      )
      server.kill()
      let outcome = backup.wait()
      #expect([0, 3].contains(outcome.status), "\(outcome)")
      #expect(!outcome.output.contains("\"grade\":\"application\""), "\(outcome)")
    }
  }

  @Test(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil })
  func `PostgreSQL begins no backup mode for a program that knows nothing of it`() throws {
    try withSource(on: "ext4") { source, stillpoint, device in
      let server = try startPostgres(source, device)
      defer { server.kill() }
      let command = ["run", "--verbose", "--source", source.string, "--", "sleep", "3"]
      let run = try stillpoint.start(command)
      let slots = "select count(*) from pg_replication_slots"
      #expect(!holds(within: 2) { (try? server.sql(slots)) == "1\n" })
      let outcome = run.wait()
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.error.contains("others don't know of its backup mode"), "\(outcome)")
    }
  }

  @Test(
    .enabled("needs a PostgreSQL server") { PostgresServer.tools != nil },
    arguments: ["log", "table space"]
  )
  func `PostgreSQL of which a part isn't backed up is named`(part: String) throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      let elsewhere = device.mountPoint.appending("elsewhere")
      try PostgresServer.user.makeFolder(elsewhere)
      let server = try PostgresServer(source.appending("pg"), notesIn: device.workingDirectory)
      try PostgresServer.user.makeFolder(server.data)
      try server.create(logIn: part == "log" ? elsewhere : nil)
      try server.start()
      defer { server.kill() }
      if part != "log" { try server.sql("create tablespace other location '\(elsewhere)'") }
      try expectNamed(elsewhere, by: stillpoint, source)
      let whole = try stillpoint.run(
        arguments: ["backup", "--json", "--force"] + Program.patience
          + [source.string, elsewhere.string]
      )
      #expect(whole.output.contains("\"grade\":\"application\""), "\(whole)")
    }
  }

  @Test(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil })
  func `PostgreSQL that has another path in the snapshot is named`() throws {
    try withSource(on: "ext4") { source, stillpoint, device in
      let server = try startPostgres(source, device)
      defer { server.kill() }
      let link = device.workingDirectory.appending("link").string
      try FileManager.default.createSymbolicLink(
        atPath: link,
        withDestinationPath: source.string
      )
      var beside = stillpoint
      beside.workingDirectory = source
      for (program, path) in [(beside, "pg"), (stillpoint, "\(link)/pg")] {
        let outcome = try program.run(
          arguments: ["backup", "--json", "--force"] + Program.patience + [path]
        )
        #expect(outcome.output.contains("has another path in the snapshot"), "\(outcome)")
        #expect(!outcome.output.contains("\"grade\":\"application\""), "\(outcome)")
      }
    }
  }

  @Test(
    .enabled("needs a PostgreSQL server") { PostgresServer.tools != nil },
    .requires(tool: "setpriv")
  )
  func `PostgreSQL whose log can't all be read is named`() throws {
    try withSource(on: "ext4") { source, _, device in
      let server = try startPostgres(source, device)
      defer { server.kill() }
      // Who owns everything else may not read it.
      let unreadable = server.data.appending("pg_wal").appending("unreadable")
      try LocalFiles.replace(unreadable, with: [1])
      try LocalFiles.setMode(unreadable, 0)
      let own = device.workingDirectory.appending("own")
      let tool = device.workingDirectory.appending("stillpoint").string
      let tools = SystemCommandRunner()
      try tools.run(Command("install", "-m", "755", Program.stillpoint.path.string, tool))
      try LocalFiles.makeDirectory(own)
      var program = try Program.stillpoint(withRepositoryIn: own)
      try tools.run(Command("chown", "-R", "postgres:", own.string))
      program.path = "/usr/bin/env"
      let outcome = try program.run(
        arguments: ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", tool]
          + ["backup", "--json", "--force", source.string]
      )
      #expect(outcome.status == 3, "\(outcome)")
      #expect(outcome.output.contains("unreadable could not be stored"), "\(outcome)")
    }
  }

  @Test(.requires(tool: "mariadbd"), .requires(tool: "mariadb-install-db"))
  func `MariaDB whose log isn't backed up is named`() throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      let elsewhere = device.mountPoint.appending("elsewhere")
      try MariaServer.user.makeFolder(elsewhere)
      let server = try MariaServer(
        source.appending("maria"),
        notesIn: device.workingDirectory,
        options: ["--innodb-log-group-home-dir=\(elsewhere)"]
      )
      try MariaServer.user.makeFolder(server.data)
      try server.create()
      try server.start()
      defer { server.kill() }
      try expectNamed(elsewhere, by: stillpoint, source)
    }
  }

  private func expectNamed(
    _ folder: FilePath,
    by stillpoint: Program,
    _ source: FilePath
  ) throws {
    let outcome = try stillpoint.run(
      arguments: ["backup", "--json", "--force"] + Program.patience + [source.string]
    )
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("\"grade\":\"instant\""), "\(outcome)")
    #expect(outcome.output.contains("\(folder) is not in the backup"), "\(outcome)")
  }

  @Test(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil })
  func `PostgreSQL that lets nobody in is named`() throws {
    try withSource(on: "btrfs") { source, stillpoint, device in
      let server = try startPostgres(source, device)
      defer { server.kill() }
      let rules = server.data.appending("pg_hba.conf")
      try LocalFiles.replace(rules, with: Array("local all all reject\n".utf8))
      try PostgresServer.user.own(rules)
      kill(try #require(server.processID), SIGHUP)
      #expect(holds(within: 20) { (try? server.sql("select 1")) == nil })
      let outcome = try stillpoint.run(
        arguments: ["backup", "--json", "--force"] + Program.patience + [source.string]
      )
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("\"grade\":\"instant\""), "\(outcome)")
      #expect(outcome.output.contains("reject"), "\(outcome)")
    }
  }
}
