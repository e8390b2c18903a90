import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(restic: Twins.today)) struct `Repairing` {
  /// The packs of a copy, by what `list` says of their blobs: those with trees, and those with
  /// data.
  private func packs(_ type: String, _ twins: Twins, in name: String) throws -> [FilePath] {
    let index = try twins.theirs.succeed("list", "index").split(separator: "\n")
    var ids: Set<String> = []
    for file in index {
      let json = try twins.theirs.succeed("cat", "index", String(file))
      let object = try #require(try BothPrograms.object(json[...]))
      for pack in try #require(object["packs"] as? [[String: Any]]) {
        let blobs = try #require(pack["blobs"] as? [[String: Any]])
        if blobs.contains(where: { $0["type"] as? String == type }) {
          ids.insert(try #require(pack["id"] as? String))
        }
      }
    }
    let data = twins.directory.appending(name).appending("data")
    return ids.sorted().map { data.appending(String($0.prefix(2))).appending($0) }
  }

  /// Twins of two snapshots; of the second one packs are missing, and the index knows.
  private func withLoss(_ type: String, _ body: (Twins) throws -> Void) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", source.string)
      try Twins.write(source.appending("d/deep/new"), "only in the second\n")
      try restic.succeed("backup", "-q", source.string)
    } _: { twins in
      let lost = try packs(type, twins, in: "theirs")
      for name in ["ours", "theirs"] {
        for pack in lost.suffix(1) {
          let copy = twins.directory.appending(name).appending("data")
            .appending(String(try #require(pack.lastComponent).string.prefix(2)))
            .appending(try #require(pack.lastComponent))
          try FileManager.default.removeItem(atPath: copy.string)
        }
      }
      try twins.theirs.succeed("repair", "index")
      try body(twins)
    }
  }

  @Test(arguments: ["data", "tree"], [false, true])
  func `snapshots do without what is lost, as restic repairs them`(
    type: String,
    forgets: Bool
  ) throws {
    try withLoss(type) { twins in
      try twins.witness.succeed("repair", "index")
      let options = forgets ? ["--forget"] : []
      try twins.expectSameLines(["repair", "snapshots", "-n"] + options)
      try twins.expectSameLines(["repair", "snapshots"] + options)
      let names: Set = ["id", "short_id"]
      let ours = try Twins.snapshots(of: twins.witness, without: names)
      #expect(try ours == Twins.snapshots(of: twins.theirs, without: names))
      if forgets { try twins.witness.succeed("check", "--read-data") }
      if forgets { try twins.expectSameLines(["repair", "snapshots"]) }
    }
  }

  /// What both copies' indexes name, without where it is.
  private func expectSameBlobs(_ twins: Twins) throws {
    func blobs(_ restic: Program) throws -> [Substring] {
      try restic.succeed("list", "blobs").split(separator: "\n").sorted()
    }
    #expect(try blobs(twins.witness) == blobs(twins.theirs))
  }

  /// restic forgets what it knew of a pack whose header can't be read; here it can be salvaged.
  private func expectMoreBlobs(_ twins: Twins) throws {
    func blobs() throws -> Set<Substring> {
      Set(try twins.witness.succeed("list", "blobs").split(separator: "\n"))
    }
    let before = try blobs()
    let outcome = try twins.ours.run("repair", "index")
    #expect(outcome.status == 0 && outcome.error.contains("repair packs"), "\(outcome)")
    #expect(try blobs() == before)
  }

  /// Does something to a file of each copy.
  private func change(
    _ name: String,
    in twins: Twins,
    _ body: (FilePath) throws -> Void
  ) throws {
    for copy in ["ours", "theirs"] {
      try body(twins.directory.appending(copy).appending(name))
    }
  }

  private func files(_ kind: String, _ twins: Twins) throws -> [String] {
    let folder = twins.directory.appending("ours").appending(kind).string
    return try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.count >= 64 }.sorted().map { "\(kind)/\($0)" }
  }

  private static let damages = ["nothing", "no index", "bad index", "no pack", "short pack"]

  @Test(arguments: damages, [[], ["--read-all-packs"]])
  func `the index is built as restic builds it`(damage: String, options: [String]) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", source.string)
      try Twins.write(source.appending("more"), "more\n")
      try restic.succeed("backup", "-q", source.string)
    } _: { twins in
      let manager = FileManager.default
      let (index, packs) = try (files("index", twins)[0], files("data", twins))
      try change(damage.hasSuffix("index") ? index : packs[0], in: twins) { file in
        switch damage {
        case "no index", "no pack": try manager.removeItem(atPath: file.string)
        case "bad index":
          try manager.removeItem(atPath: file.string)
          try Twins.write(file, "junk")
        case "short pack":
          let bytes = try Data(contentsOf: URL(filePath: file.string))
          try manager.removeItem(atPath: file.string)
          try bytes.dropLast(7).write(to: URL(filePath: file.string))
        default: break
        }
      }
      if damage == "short pack" && options.isEmpty { return try expectMoreBlobs(twins) }
      try twins.expectSameLines(["repair", "index", "-v"] + options)
      try expectSameBlobs(twins)
      let check = try twins.witness.run("check", "--read-data", "--no-cache")
      #expect(check.status == (damage.hasSuffix("pack") ? 1 : 0), "\(check)")
      try twins.expectSameLines(["repair", "index"])
      try expectSameBlobs(twins)
    }
  }

  @Test(arguments: ["data", "tree"])
  func `packs are salvaged as restic salvages them`(type: String) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", source.string)
    } _: { twins in
      let pack = try #require(packs(type, twins, in: "ours").first)
      let id = try #require(pack.lastComponent).string
      try change("data/\(id.prefix(2))/\(id)", in: twins) { file in
        var bytes = try Data(contentsOf: URL(filePath: file.string))
        bytes[5] ^= 1
        try FileManager.default.removeItem(atPath: file.string)
        try bytes.write(to: URL(filePath: file.string))
      }
      var (ours, theirs) = (twins.ours, twins.theirs)
      ours.workingDirectory = twins.directory.appending("ours")
      theirs.workingDirectory = twins.directory.appending("theirs")
      let mine = try ours.run("repair", "packs", id)
      let other = try theirs.run("repair", "packs", id, "--no-cache")
      #expect(mine.status == 0)
      for line in ["salvaging intact data from specified pack files", " pack files\n"] {
        #expect(mine.output.contains(line) && other.output.contains(line))
      }
      #expect(mine.error.contains("failed to load blob "))
      let advice = try #require(other.error.split(separator: "\n").last)
      #expect(mine.error.hasSuffix("\(advice)\n"))
      try expectSameBlobs(twins)
      let saved = twins.directory.appending("ours").appending("pack-\(id)").string
      #expect(FileManager.default.fileExists(atPath: saved))
      #expect(!FileManager.default.fileExists(atPath: pack.string))
      try twins.ours.succeed("repair", "snapshots", "--forget")
      try twins.theirs.succeed("repair", "snapshots", "--forget", "--no-cache")
      let names: Set = ["id", "short_id"]
      let snapshots = try Twins.snapshots(of: twins.witness, without: names)
      #expect(try snapshots == Twins.snapshots(of: twins.theirs, without: names))
      try twins.witness.succeed("check", "--read-data")
      for (arguments, text) in [
        ([], "no ids specified"), (["abc"], "invalid length for ID: \"abc\""), ([id], id),
      ] {
        let refused = try ours.run(arguments: ["repair", "packs"] + arguments)
        #expect(refused.status == 1)
        #expect(refused.error.contains(text))
      }
    }
  }
}
