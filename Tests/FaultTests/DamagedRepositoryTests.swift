import Foundation
import Machine
import ObjectStorage
import TestSupport
import Testing

/// Every verb on repositories with something wrong: a clear message, never a crash, and what repair
/// can save is saved.
@Suite struct `Every verb on a damaged repository` {
  /// What is done to a repository's files, by the kind and what becomes of the largest one.
  struct Damage: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var kind: String
    /// Nil takes the file away.
    var change: @Sendable ([UInt8]) -> [UInt8]?
    /// Whether the repository opens, so that it can be repaired.
    var opens = true

    static let kinds = ["data", "index", "snapshots", "keys", "config"]

    static let all = kinds.flatMap { kind -> [Damage] in
      let opens = kind != "keys" && kind != "config"
      return [
        Damage(testDescription: "\(kind) missing", kind: kind, change: { _ in nil }, opens: opens),
        Damage(testDescription: "\(kind) empty", kind: kind, change: { _ in [] }, opens: opens),
        Damage(
          testDescription: "\(kind) cut off",
          kind: kind,
          change: { Array($0.prefix($0.count / 2)) },
          opens: opens
        ),
        Damage(
          testDescription: "\(kind) with flipped bits",
          kind: kind,
          change: { bytes in
            var bytes = bytes
            for place in stride(from: 20, to: bytes.count, by: 70_000) { bytes[place] ^= 4 }
            return bytes
          },
          opens: opens
        ),
      ]
    }
  }

  /// Verbs that change nothing, not even a damaged repository.
  private static func readers(_ place: ChangedRepository) -> [[String]] {
    let file = place.source.appending("a").string
    return [
      ["snapshots"], ["ls", "latest"], ["find", "a"], ["stats"], ["stats", "--mode", "raw-data"],
      ["check"], ["check", "--read-data"], ["dump", "latest", file], ["list", "packs"],
      ["list", "blobs"], ["list", "snapshots"], ["cat", "config"], ["diff", "latest~1", "latest"],
      ["key", "list"], ["prune", "--dry-run"], ["forget", "--keep-last", "1", "--dry-run"],
      ["rewrite", "--dry-run", "--exclude", "c"], ["repair", "snapshots", "--dry-run"],
      ["restore", "latest", "--target", place.folder.appending("restored").string],
      ["copy", "--repo", place.other.string, "--from-repo", place.repository.string],
    ]
  }

  private static func changers(_ place: ChangedRepository) -> [[String]] {
    [
      ["tag", "--add", "t"], ["backup", "--snapshot-policy", "off", place.source.string],
      ["recover"], ["migrate"], ["unlock"],
    ]
  }

  @Test(arguments: Damage.all) func `says what is wrong`(_ damage: Damage) throws {
    try ChangedRepository.with { template in
      try template.change(damage.kind, damage.change)
      for words in Self.readers(template) { try Self.judge(words, in: template) }
      for number in Self.changers(template).indices {
        let place = try template.copied()
        defer { place.remove() }
        try Self.judge(Self.changers(place)[number], in: place)
      }
    }
  }

  private static func judge(_ words: [String], in place: ChangedRepository) throws {
    let outcome = try place.stillpoint.run(arguments: words)
    #expect([0, 1, 3, 10, 12].contains(outcome.status), "\(words): \(outcome)")
    if outcome.status != 0 {
      #expect(!outcome.error.isEmpty, "\(words)")
      #expect(!outcome.error.contains("Fatal error:"), "\(words): \(outcome)")
    }
  }

  @Test(arguments: Damage.all.filter(\.opens))
  func `is repaired as far as possible`(_ damage: Damage) throws {
    try ChangedRepository.with { place in
      let saved = try place.saved(after: damage.change, of: damage.kind)
      try place.change(damage.kind, damage.change)
      try place.stillpoint.succeed("repair", "index")
      let broken = try place.brokenPacks()
      if !broken.isEmpty {
        let words = ["repair", "packs"] + broken
        let outcome = try place.stillpoint.run(arguments: words)
        #expect(outcome.status == 0, "\(outcome)")
      }
      // A snapshot that can't be read is no snapshot any more.
      for name in try place.damagedSnapshots() { try place.removeSnapshot(name) }
      try place.stillpoint.succeed("repair", "snapshots", "--forget")
      #expect(try place.problems() == [])
      for names in try place.restorable() { #expect(names.isSuperset(of: saved), "\(names)") }
      if let restic = Program.restic { try place.check(with: restic) }
    }
  }
}
