import Foundation
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Synchronization
import TestSupport
import Testing

/// Several programs on one repository at the same time.
@Suite(.serialized) struct `At the same time` {
  private struct Place {
    let stillpoint: Program
    let directory: FilePath

    var store: LocalStore { LocalStore(path: directory.appending("repository")) }

    func source(_ name: String, seed: UInt64, files: Int = 40) throws -> String {
      var random = SeededRandom(seed: seed)
      let folder = directory.appending(name)
      try LocalFiles.makeDirectory(folder)
      for number in 0..<files {
        try LocalFiles.replace(folder.appending("f\(number)"), with: random.bytes(20_000))
      }
      return folder.string
    }

    func backup(_ source: String, _ options: String...) -> [String] {
      ["backup", "--snapshot-policy", "off", "--quiet"] + options + [source]
    }

    /// What a check finds, reading everything.
    func problems() throws -> [String] {
      let found = Problems()
      var options = CheckOptions()
      options.packs = .all
      _ = try Repository.openForTesting(store).check(options, onProblem: { found.add($0) })
      return found.all
    }
  }

  private final class Problems: Sendable {
    private let found = Mutex<[String]>([])
    var all: [String] { found.withLock { $0 } }

    func add(_ problem: CheckProblem) {
      if !problem.isHint { found.withLock { $0.append(problem.description) } }
    }
  }

  private func with(_ body: (Place) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let stillpoint = try Program.stillpoint(withRepositoryIn: directory)
      try body(Place(stillpoint: stillpoint, directory: directory))
    }
  }

  @Test func `a backup and a prune wait for each other, or say why not`() throws {
    try with { place in
      let old = try place.source("old", seed: 1)
      try place.stillpoint.succeed("backup", "--snapshot-policy", "off", old)
      try place.stillpoint.succeed("backup", "--snapshot-policy", "off", "--tag", "kept", old)
      for round in 0..<4 {
        let new = try place.source("new\(round)", seed: UInt64(round + 2))
        let waits = round % 2 == 0 ? ["--retry-lock", "1m"] : []
        let backup = try place.stillpoint.start(waits + place.backup(new))
        let prune = try place.stillpoint.start(
          waits + ["forget", "--keep-tag", "kept", "--keep-last", "1", "--group-by", "", "--prune"]
        )
        let ends = [backup.wait(), prune.wait()]
        for end in ends {
          #expect(end.status == 0 || waits.isEmpty && end.status == 11, "\(end)")
          if end.status == 11 { #expect(end.error.contains("already locked"), "\(end)") }
        }
        #expect(ends.contains { $0.status == 0 } || waits.isEmpty)
        #expect(try place.problems() == [])
        #expect(try place.store.list(FileKind.lock.rawValue).isEmpty)
      }
    }
  }

  @Test func `two backups both succeed`() throws {
    try with { place in
      let sources = try (0..<3).map { try place.source("s\($0 % 2)\($0)", seed: UInt64($0 % 2)) }
      let running = try sources.map { try place.stillpoint.start(place.backup($0)) }
      for program in running {
        let end = program.wait()
        #expect(end.status == 0, "\(end)")
      }
      #expect(try Repository.openForTesting(place.store).snapshots().count == 3)
      #expect(try place.problems() == [])
    }
  }

  @Test func `a stale lock of another machine keeps nobody from a backup for ever`() throws {
    try with { place in
      let source = try place.source("s", seed: 1, files: 2)
      let repository = try Repository.openForTesting(place.store)
      for (age, isExclusive) in [(40, true), (40, false), (10, false), (10, true)] {
        let lock = LockFile(
          time: NodeTime(seconds: Host.now.seconds - Int64(age) * 60, nanoseconds: 0),
          exclusive: isExclusive,
          hostname: "elsewhere",
          username: "somebody",
          pid: 1,
          userID: 0,
          groupID: 0
        )
        let (id, sealed) = try repository.sealUnpacked(.lock, lock.encoded())
        let name = ObjectName(kind: FileKind.lock.rawValue, name: id.hex)
        try place.store.put(name, sealed)
        let first = try place.stillpoint.run(arguments: place.backup(source))
        #expect(first.status == (isExclusive ? 11 : 0), "\(first)")
        if isExclusive {
          #expect(first.error.contains("elsewhere") && first.error.contains("unlock"), "\(first)")
        }
        try place.stillpoint.succeed("unlock")
        let isLeft = try place.store.list(FileKind.lock.rawValue).count == 1
        #expect(isLeft == (age == 10))
        if isLeft { try place.store.remove(name) }
        try place.stillpoint.succeed("backup", "--snapshot-policy", "off", source)
      }
    }
  }

  @Test func `a prune that is killed at any moment loses nothing`() throws {
    try with { place in
      let kept = try place.source("kept", seed: 1)
      try place.stillpoint.succeed("backup", "--snapshot-policy", "off", kept)
      for number in 0..<14 {
        let gone = try place.source("gone\(number)", seed: UInt64(number + 10), files: 20)
        try place.stillpoint.succeed("backup", "--snapshot-policy", "off", gone, kept)
        let prune = try place.stillpoint.start([
          "forget", "--keep-last", "1", "--path", kept, "--group-by", "", "--prune",
          "--max-unused", "0",
        ])
        usleep(UInt32(number) * 12_000)
        kill(prune.processID, SIGKILL)
        _ = prune.wait()
        #expect(try place.problems() == [], "killed after \(number * 12) ms")
        try place.stillpoint.succeed("unlock", "--remove-all")
      }
      try place.stillpoint.succeed("prune", "--max-unused", "0")
      #expect(try place.problems() == [])
      if let restic = Program.restic {
        var restic = restic
        restic.environment = [
          "RESTIC_REPOSITORY": place.directory.appending("repository").string,
          "RESTIC_PASSWORD": String(decoding: Repository.testPassword, as: UTF8.self),
          "RESTIC_CACHE_DIR": place.directory.appending("resticcache").string,
        ]
        try restic.succeed("check", "--read-data")
      }
    }
  }
}
