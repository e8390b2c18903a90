import Foundation
import Machine
import TestSupport
import Testing

/// The n-th call of any thread that changes a file fails, or is the last one, for every n.
@Suite(.requires(tool: "strace")) struct `Whatever call fails or is the last` {
  /// A verb that changes a repository.
  struct Change: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// What is done to a repository before, by name of the file that is damaged or gone.
    var damage: @Sendable (ChangedRepository) throws -> Void
    /// What stands behind `stillpoint`.
    var arguments: @Sendable (ChangedRepository) throws -> [String]
    /// Files that are in every snapshot afterwards.
    var kept: Set<String>
    /// Whether a check finds nothing wrong right after, or only when the verb has run again.
    var isAlwaysWhole: Bool

    static let all = [
      Change("backup") { ["backup", "--quiet", "--snapshot-policy", "off", $0.source.string] },
      Change("forget and prune") { _ in
        ["forget", "--keep-last", "1", "--prune", "--max-unused", "0", "--quiet"]
      },
      Change("copy") { ["copy", "--quiet", "--from-repo", $0.other.string] },
      Change("rewrite", kept: ChangedRepository.names.subtracting(["c"])) { _ in
        ["rewrite", "--forget", "--exclude", "c", "--quiet"]
      },
      Change("repair index", isAlwaysWhole: false, damage: { try $0.damageIndex() }) { _ in
        ["repair", "index", "--quiet"]
      },
      Change(
        "repair packs",
        kept: ChangedRepository.names.subtracting(["a"]),
        isAlwaysWhole: false,
        damage: { try $0.flipBit(of: "a") }
      ) { ["repair", "packs", "--quiet", try $0.pack(of: "a")] },
      Change(
        "repair snapshots",
        kept: ChangedRepository.names.subtracting(["a"]),
        isAlwaysWhole: false,
        damage: { place in
          try place.flipBit(of: "a")
          try place.salvage("a")
        }
      ) { _ in ["repair", "snapshots", "--forget", "--quiet"] },
    ]

    init(
      _ name: String,
      kept: Set<String> = ChangedRepository.names,
      isAlwaysWhole: Bool = true,
      damage: @escaping @Sendable (ChangedRepository) throws -> Void = { _ in },
      arguments: @escaping @Sendable (ChangedRepository) throws -> [String]
    ) {
      testDescription = name
      self.kept = kept
      self.isAlwaysWhole = isAlwaysWhole
      self.damage = damage
      self.arguments = arguments
    }
  }

  @Test(arguments: Change.all, CallTrap.Fault.allCases)
  func `nothing that is kept is lost, and the next run does the rest`(
    _ change: Change,
    _ fault: CallTrap.Fault
  ) throws {
    try ChangedRepository.with { template in
      try change.damage(template)
      var number = 0
      var wasMet = true
      while wasMet {
        number += 1
        let place = try template.copied()
        defer { place.remove() }
        let arguments = try change.arguments(place)
        let trap = CallTrap(log: place.folder.appending("calls"))
        let met = try trap.run(place.stillpoint, arguments, fault, at: number)
        wasMet = met.wasMet
        try judge(place, change, fault, "\(fault) at \(number): \(met.program)")
        if !wasMet { #expect(met.program.status == 0, "\(met.program)") }
        try finish(place, change, arguments)
      }
      #expect(number > 3)
    }
  }

  /// Nothing that should be there is missing, whatever happened.
  private func judge(
    _ place: ChangedRepository,
    _ change: Change,
    _ fault: CallTrap.Fault,
    _ what: String
  ) throws {
    if change.isAlwaysWhole {
      #expect(try place.problems() == [], "\(what)")
      #expect(try place.restorable().allSatisfy { $0.isSuperset(of: change.kept) }, "\(what)")
      if fault == .killed, let restic = Program.restic { try place.check(with: restic) }
    }
  }

  /// The same once more, undisturbed.
  private func finish(
    _ place: ChangedRepository,
    _ change: Change,
    _ arguments: [String]
  ) throws {
    try place.stillpoint.succeed("unlock", "--remove-all")
    try place.removeSavedPacks()
    let again = try place.stillpoint.run(arguments: arguments)
    // A pack that is salvaged already can't be again.
    #expect(again.status == 0 || arguments.contains("packs"), "\(again)")
    let restorable = try place.restorable()
    #expect(!restorable.isEmpty)
    #expect(restorable.allSatisfy { $0.isSuperset(of: change.kept) }, "\(restorable)")
    if change.testDescription != "repair packs" { #expect(try place.problems() == []) }
  }
}
