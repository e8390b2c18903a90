import Foundation
package import Machine

/// A program that moves money between the accounts of a SQLite database, one transaction after the
/// other without a pause, until the test ends.
///
/// In every copy of a clean point the balances add up, each movement is there, and there is no
/// journal to be rolled back.
package final class SQLiteBank {
  /// How its transactions become durable: `PRAGMA journal_mode`.
  package enum Mode: String, CaseIterable, Sendable {
    case delete, truncate, persist, wal
  }

  package let database: FilePath
  private let progress: FilePath
  private let program: RunningProgram

  /// Makes the database, and waits until the first transaction has ended.
  ///
  /// - Parameters:
  ///   - database: Its path.
  ///   - mode: Its journal mode.
  ///   - isExclusive: Whether the program never unlocks it: `PRAGMA locking_mode=EXCLUSIVE`.
  ///   - folder: For what the test and the program tell each other.
  /// - Throws: ``SQLiteBankError`` when the program doesn't start.
  package init(
    _ database: FilePath,
    _ mode: Mode,
    exclusive isExclusive: Bool = false,
    notesIn folder: FilePath
  ) throws {
    self.database = database
    progress = folder.appending("progress-\(UUID().uuidString)")
    program = try Program(FilePath("/usr/bin/python3")).start([
      "-c", Self.script, "write", database.string, mode.rawValue,
      isExclusive ? "EXCLUSIVE" : "NORMAL", progress.string,
    ])
    for _ in 0..<6000 where program.isRunning {
      if count > 0 { return }
      usleep(10_000)
    }
    throw SQLiteBankError("the bank didn't open: \(program.isRunning ? "" : "\(program.wait())")")
  }

  package var processID: Int32 { program.processID }

  deinit { stop() }

  /// Ends the program in the middle of whatever it does.
  package func stop() {
    kill(program.processID, SIGKILL)
    _ = program.wait()
  }

  /// How many transactions have ended, and the longest time that one had to wait to begin.
  private var notes: (count: Int, longestWait: Double) {
    let words = ((try? String(contentsOfFile: progress.string, encoding: .utf8)) ?? "")
      .split(separator: " ")
    guard words.count == 3, let count = Int(words[0]), let wait = Double(words[1]) else {
      return (0, 0)
    }
    return (count, wait)
  }

  package var count: Int { notes.count }

  /// In seconds.
  package var longestWait: Double { notes.longestWait }

  /// Whether another transaction ends before `seconds` are over.
  package func goesOn(within seconds: Double = 30) -> Bool {
    let before = count
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      if count > before { return true }
      usleep(1000)
    }
    return false
  }

  /// What is wrong in a copy of a database that was taken at a clean point.
  ///
  /// - Parameter copy: The path of the copied database; it is opened, and so changed.
  package static func violations(in copy: FilePath) throws -> [String] {
    try Program(FilePath("/usr/bin/python3")).succeed("-c", script, "check", copy.string)
      .split(separator: "\n").map(String.init)
  }

  private static let script = """
    import os, random, signal, sqlite3, sys, time
    signal.pthread_sigmask(signal.SIG_SETMASK, [])

    def write(path, mode, locking, notes):
        bank = sqlite3.connect(path, isolation_level=None, timeout=60)
        bank.execute(f"PRAGMA locking_mode={locking}")
        bank.execute(f"PRAGMA journal_mode={mode}")
        bank.execute("PRAGMA synchronous=NORMAL")
        bank.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER, note BLOB)")
        bank.execute("CREATE TABLE moved(id INTEGER PRIMARY KEY)")
        bank.execute("BEGIN")
        for number in range(200):
            bank.execute("INSERT INTO account VALUES(?, 1000, ?)", (number, os.urandom(400)))
        bank.execute("COMMIT")
        file = os.open(notes, os.O_RDWR | os.O_CREAT)
        count, longest = 0, 0.0
        while True:
            start = time.monotonic()
            bank.execute("BEGIN IMMEDIATE")
            longest = max(longest, time.monotonic() - start)
            for change in (-7, 7):
                bank.execute("UPDATE account SET balance = balance + ?, note = ? WHERE id = ?",
                             (change, os.urandom(400), random.randrange(200)))
            count += 1
            bank.execute("INSERT INTO moved VALUES(?)", (count,))
            bank.execute("COMMIT")
            os.pwrite(file, b"%-10d %-10.4f ." % (count, longest), 0)

    def check(path):
        journal = path + "-journal"
        if os.path.exists(journal) and open(journal, "rb").read(1) not in (b"", bytes(1)):
            print("there is a journal to be rolled back")
        bank = sqlite3.connect(path)
        verdict = bank.execute("PRAGMA integrity_check").fetchall()
        if verdict != [("ok",)]:
            print("integrity:", verdict[:3])
        total = bank.execute("SELECT sum(balance) FROM account").fetchone()[0]
        if total != 200000:
            print("the balances add up to", total)
        count, newest = bank.execute("SELECT count(*), max(id) FROM moved").fetchone()
        if count != (newest or 0):
            print(count, "movements up to number", newest)

    {"write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
    """
}

/// Why a bank isn't open.
package struct SQLiteBankError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
