import Foundation
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

/// Random policies over random histories, decided as restic 0.19.1 does.
///
/// What that decides is recorded, since old versions decide otherwise; where `RESTIC` names a recent
/// one, it is asked too.
@Suite(.serialized) struct `Forgetting like restic` {
  /// How many policies are tried on each of 20 histories, when not as many as are recorded.
  private let policies =
    ProcessInfo.processInfo.environment["STILLPOINT_FORGET_POLICIES"].flatMap { Int($0) }

  @Test(arguments: ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
  func `keeps the same snapshots for the same reasons`(zone: String) throws {
    let restic = ResticVersion.isInstalled(0, 19) ? Program.restic : nil
    let recorded = policies == nil ? try recordedDecisions() : [:]
    try #require(restic != nil || !recorded.isEmpty, "more policies need a recent restic")
    let groupings = ["", "host", "paths", "tags", "host,paths"]
    var random = SeededRandom(seed: UInt64(zone.utf8.reduce(0) { $0 &* 31 &+ UInt32($1) }))
    for history in 0..<5 {
      try withTemporaryDirectory { directory in
        let pair = try ProgramPair(in: directory, restic, zone: zone)
        try pair.fill(from: &random, zone: zone)
        for number in 0..<(policies ?? 4) {
          let arguments =
            ["forget", "--json", "--dry-run", "--no-lock"] + randomPolicy(&random)
            + ["--group-by", groupings.randomElement(using: &random) ?? ""]
          let text = "\(zone) \(history): \(arguments.joined(separator: " "))"
          let ours = try decisions(pair.stillpoint.run(arguments: arguments))
          if let restic = pair.restic {
            #expect(try ours == decisions(restic.run(arguments: arguments)), "\(text)")
          }
          let key = "\(zone) \(history) \(number)"
          let digest = sha256(Array(ours.joined(separator: "\n").utf8)).hex.prefix(16)
          if let path = ProcessInfo.processInfo.environment["STILLPOINT_RECORD"] {
            try append("\(key) \(digest)\n", to: path)
          }
          #expect(recorded.isEmpty || recorded[key] == String(digest), "\(text)")
        }
      }
    }
  }

  private func recordedDecisions() throws -> [String: String] {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let text = try String(
      contentsOf: fixtures.appending(path: "restic-0.19.1-forget.txt"),
      encoding: .utf8
    )
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(
      lines.map { ($0.dropLast().joined(separator: " "), String($0.last ?? "")) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  private func append(_ line: String, to path: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(line.utf8))
    try file.close()
  }

  /// How it ended, and of each group what is kept, with the reasons, and what is removed, by time.
  private func decisions(_ outcome: Program.Outcome) throws -> [String] {
    guard let start = outcome.output.firstIndex(of: "[") else { return ["\(outcome.status)"] }
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output[start...].utf8))
    let groups = try #require(json as? [[String: Any]]).map { group in
      let kept = (group["keep"] as? [[String: Any]] ?? []).map { text($0["time"]) }
      let removed = (group["remove"] as? [[String: Any]] ?? []).map { text($0["time"]) }
      let reasons = (group["reasons"] as? [[String: Any]] ?? []).map { reason in
        let snapshot = reason["snapshot"] as? [String: Any]
        return "\(text(snapshot?["time"])) \(list(reason["matches"]))"
      }
      return "\(text(group["host"])) \(list(group["paths"])) \(list(group["tags"])) "
        + "\(kept) \(removed) \(reasons)"
    }
    return ["\(outcome.status)"] + groups.sorted()
  }

  private func text(_ value: Any?) -> String { value as? String ?? "" }

  private func list(_ value: Any?) -> [String] { value as? [String] ?? [] }

  private func randomPolicy(_ random: inout SeededRandom) -> [String] {
    var options: [String] = []
    for period in ["last", "hourly", "daily", "weekly", "monthly", "yearly"]
    where Int.random(in: 0..<3, using: &random) == 0 {
      let isAll = Int.random(in: 0..<6, using: &random) == 0
      options += [
        "--keep-\(period)", isAll ? "unlimited" : "\(Int.random(in: 0..<8, using: &random))",
      ]
    }
    for period in ["", "-hourly", "-daily", "-weekly", "-monthly", "-yearly"]
    where Int.random(in: 0..<5, using: &random) == 0 {
      let span = [("y", 0..<2), ("m", 0..<14), ("d", 0..<40), ("h", 0..<30)].map { unit, range in
        Bool.random(using: &random) ? "\(Int.random(in: range, using: &random))\(unit)" : ""
      }.joined()
      options += ["--keep-within\(period)", span.isEmpty ? "1d" : span]
    }
    for tags in ["a", "b,c", ""] where Int.random(in: 0..<6, using: &random) == 0 {
      options += ["--keep-tag", tags]
    }
    return options.isEmpty ? ["--keep-last", "1"] : options
  }
}

/// Both programs on one repository whose password costs nothing.
private struct ProgramPair {
  let stillpoint: Program
  let restic: Program?
  private let repository: Repository

  init(in directory: FilePath, _ restic: Program?, zone: String) throws {
    let path = directory.appending("repository")
    repository = try Repository.forTesting(in: LocalStore(path: path))
    var stillpoint = Program.stillpoint
    var restic = restic
    for family in ["RESTIC", "STILLPOINT"] {
      let environment = [
        "\(family)_REPOSITORY": path.string,
        "\(family)_PASSWORD": String(decoding: Repository.testPassword, as: UTF8.self),
        "\(family)_CACHE_DIR": directory.appending("cache").string,
        "\(family)_STATE_DIR": directory.appending("state").string, "TZ": zone,
      ]
      if family == "RESTIC" {
        restic?.environment = environment
      } else {
        stillpoint.environment = environment
      }
    }
    self.stillpoint = stillpoint
    self.restic = restic
  }

  /// Saves snapshots of several hosts and paths over some years, some of them in the future.
  func fill(from random: inout SeededRandom, zone: String) throws {
    // Long ago, so that none of them becomes past while the record is kept; or in 2090 and later.
    var time = Int64.random(in: 900_000_000..<1_200_000_000, using: &random)
    for number in 0..<Int.random(in: 1..<60, using: &random) {
      let step: [Range<Int64>] = [0..<3, 0..<4000, 0..<100_000, 0..<1_000_000, 0..<20_000_000]
      time += Int64.random(in: step.randomElement(using: &random) ?? 0..<1, using: &random)
      let offset: Int32 = [0, 3600, 7200, -12_600, 37_800].randomElement(using: &random) ?? 0
      let paths = [["/home"], ["/srv", "/etc"], ["/etc", "/srv"]].randomElement(using: &random)
      let isInFuture = Int.random(in: 0..<15, using: &random) == 0
      let seconds = isInFuture ? time + 3_000_000_000 : time
      var file = SnapshotFile(
        time: NodeTime(seconds: seconds, nanoseconds: UInt32(number), utcOffset: offset),
        tree: BlobID(sha256(Array("\(number)".utf8))),
        paths: (paths ?? []).map { Array($0.utf8) }
      )
      file.hostname = ["one", "two"].randomElement(using: &random) ?? ""
      file.tags = ["a", "b", "c"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      _ = try repository.saveSnapshot(file)
    }
  }
}
