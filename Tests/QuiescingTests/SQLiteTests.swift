import Foundation
import Machine
import Planning
import Quiescing
import TestSupport
import Testing

/// Databases of real writers, held by SQLite's own locks.
@Suite(.serialized, .requires(tool: "python3"))
struct `SQLite databases` {
  private func bytes(_ path: FilePath) -> Data? {
    FileManager.default.contents(atPath: path.string)
  }

  /// Copies a database and what is beside it.
  private func copy(_ database: FilePath, to folder: FilePath) throws -> FilePath {
    let target = folder.appending(database.lastComponent?.string ?? "")
    for suffix in ["", "-journal", "-wal"] {
      guard let content = bytes(FilePath(database.string + suffix)) else { continue }
      try content.write(to: URL(filePath: target.string + suffix))
    }
    return target
  }

  @Test(arguments: SQLiteBank.Mode.allCases)
  func `are held between two transactions`(
    mode: SQLiteBank.Mode
  ) throws {
    try Ledger.with { ledger in
      let bank = try SQLiteBank(
        ledger.source.appending("bank.db"),
        mode,
        pausing: 0.002,
        notesIn: ledger.notes
      )
      // A busy machine may show the end of a transaction late.
      var options = QuiesceOptions()
      options.lengthMax = .seconds(20)
      for turn in 0..<5 {
        let applications = Applications(ledger.find(), options)
        try applications.prepare(Interruption())
        applications.hold()
        let folder = ledger.notes.appending("copy\(turn)")
        try makeDirectories(folder)
        let taken = try copy(bank.database, to: folder)
        usleep(20_000)
        // Nobody writes, to none of the files.
        for suffix in ["", "-journal", "-wal"] {
          let now = bytes(FilePath(bank.database.string + suffix))
          #expect(now == bytes(FilePath(taken.string + suffix)), "\(suffix)")
        }
        applications.release()
        let results = applications.results
        #expect(results.map(\.path) == [bank.database])
        #expect(results.first?.held != nil, "\(results)")
        #expect(try SQLiteBank.violations(in: taken) == [])
        #expect(bank.goesOn())
      }
      #expect(bank.longestWait < 10)
    }
  }

  @Test func `that can't be had are named, and the others needn't wait for them`() throws {
    try Ledger.with { ledger in
      var banks: [SQLiteBank] = []
      for (name, mode) in [("a", SQLiteBank.Mode.delete), ("z", .wal)] {
        banks.append(
          try SQLiteBank(
            ledger.source.appending(name),
            mode,
            pausing: 0.002,
            notesIn: ledger.notes
          )
        )
      }
      for (name, mode) in [("k", SQLiteBank.Mode.truncate), ("l", .wal)] {
        let path = ledger.source.appending(name)
        banks.append(try SQLiteBank(path, mode, exclusive: true, notesIn: ledger.notes))
      }
      var options = QuiesceOptions()
      options.lengthMax = .seconds(6)
      let applications = Applications(ledger.find(), options)
      try applications.prepare(Interruption())
      let length = ContinuousClock().measure { applications.hold() }
      applications.release()
      let results = applications.results
      #expect(results.map { $0.held != nil } == [true, false, false, true], "\(results)")
      // Half of the time is for the locks.
      #expect(length < .seconds(5))
      for result in results where result.held == nil {
        #expect(result.reason?.contains("had it locked") == true, "\(results)")
        #expect(result.reason?.contains("python") == true, "\(results)")
      }
      #expect(banks.allSatisfy { $0.goesOn() })
    }
  }

  @Test(arguments: SQLiteBank.Mode.allCases)
  func `are let go in time`(mode: SQLiteBank.Mode) throws {
    try Ledger.with { ledger in
      let bank = try SQLiteBank(
        ledger.source.appending("bank"),
        mode,
        pausing: 0.002,
        notesIn: ledger.notes
      )
      var options = QuiesceOptions()
      options.lengthMax = .seconds(4)
      let applications = Applications(ledger.find(), options)
      try applications.prepare(Interruption())
      applications.hold()
      #expect(bank.goesOn())
      applications.releaseInPause()
      applications.release()
      let result = try #require(applications.results.first)
      #expect(result.held == nil)
      #expect(result.reason?.contains("--hold-max") == true)
    }
  }

  @Test func `with a journal that nobody writes are named`() throws {
    try Ledger.with { ledger in
      let path = ledger.source.appending("bank")
      let bank = try SQLiteBank(path, .delete, notesIn: ledger.notes)
      bank.stop()
      // As after a crash while the database was changed.
      let crash = """
        import os, signal, sqlite3, sys
        bank = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
        bank.execute("PRAGMA cache_size=2")
        bank.execute("SELECT count(*) FROM account").fetchall()
        bank.execute("BEGIN")
        bank.execute("UPDATE account SET note = randomblob(400)")
        os.kill(os.getpid(), signal.SIGKILL)
        """
      _ = try Program("/usr/bin/python3").run("-c", crash, path.string)
      let opener = try ledger.open([path], "r+b")
      defer { opener.end() }
      let applications = Applications(ledger.find(), QuiesceOptions())
      try applications.prepare(Interruption())
      applications.hold()
      applications.release()
      let results = applications.results
      #expect(results.first?.reason?.contains("left a journal") == true, "\(results)")
    }
  }

  @Test func `leave no lock behind, and no change`() throws {
    try Ledger.with { ledger in
      let path = ledger.source.appending("bank")
      let bank = try SQLiteBank(path, .wal, notesIn: ledger.notes)
      bank.stop()
      let opener = try ledger.open([path], "r+b")
      defer { opener.end() }
      let files = try FileManager.default.contentsOfDirectory(atPath: ledger.source.string).sorted()
      let before = try files.map { try fileMetadata(of: ledger.source.appending($0)) }
      let applications = Applications(ledger.find(), QuiesceOptions())
      try applications.prepare(Interruption())
      applications.hold()
      applications.release()
      #expect(applications.results.first?.held != nil, "\(applications.results)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: ledger.source.string).sorted() == files
      )
      #expect(try files.map { try fileMetadata(of: ledger.source.appending($0)) } == before)
      let script = """
        import sqlite3, sys
        bank = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
        bank.execute("PRAGMA locking_mode=EXCLUSIVE")
        bank.execute("BEGIN EXCLUSIVE")
        """
      try Program("/usr/bin/python3").succeed("-c", script, path.string)
    }
  }
}
