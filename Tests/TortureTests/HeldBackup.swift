import Foundation
import Machine
import TestSupport
import Testing

/// A backup with what it says of the applications in it.
struct HeldBackup: Decodable {
  struct Application: Decodable {
    var kind: String
    var held_ms: Double?
    var reason: String?
  }
  struct Below: Decodable {
    var path: String
    var reason: String
  }
  private struct Stillpoint: Decodable {
    var grade: String
    var applications: [Application]?
    var below_grade: [Below]
  }
  private var snapshot_id: String?
  private var stillpoint: Stillpoint?

  var id: String { snapshot_id ?? "" }
  var grade: String { stillpoint?.grade ?? "" }
  var applications: [Application] { stillpoint?.applications ?? [] }
  /// Why it isn't better.
  var reasons: [String] { (stillpoint?.below_grade ?? []).map { "\($0.path): \($0.reason)" } }

  /// Backs up.
  static func make(
    of source: FilePath,
    _ stillpoint: Program,
    _ options: String...
  ) throws -> HeldBackup {
    let words = ["backup", "--json", "--quiet"] + options + [source.string]
    let outcome = try stillpoint.run(arguments: words)
    let found = outcome.output.split(separator: "\n").lazy.compactMap { line in
      try? JSONDecoder().decode(HeldBackup.self, from: Data(line.utf8))
    }
    return try #require(found.first { $0.snapshot_id != nil }, "\(outcome)")
  }

  /// Restores it and calls `body` with the folder.
  func restored(
    _ source: FilePath,
    _ stillpoint: Program,
    in place: TortureRun.Place,
    _ body: (FilePath) throws -> [String]
  ) throws -> [String] {
    let target = place.workingDirectory.appending("restored")
    try stillpoint.succeed("restore", "\(id):\(source)", "--target", target.string)
    defer { try? FileManager.default.removeItem(atPath: target.string) }
    return try body(target)
  }
}

extension [HeldBackup] {
  /// How long applications were held, in milliseconds, ascending.
  var held: [Double] { flatMap(\.applications).compactMap(\.held_ms).sorted() }

  var medianHeld: Double { held.isEmpty ? 0 : held[held.count / 2] }

  /// One line of what came out.
  func report(_ name: String, violations: [String]) -> String {
    """
    torture, \(name): \(count { $0.grade == "application" }) of \(count) at a clean point \
    (grades: \(Set(map(\.grade)).sorted().joined(separator: ", "))), \
    \(violations.count) violations; held median \(Int(medianHeld)) ms, \
    longest \(Int(held.last ?? 0)) ms
    """
  }
}
