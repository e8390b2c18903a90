import ArgumentParser

/// `stillpoint repair`.
struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Repair the repository.",
    discussion: """
      First the index is built anew, then damaged packs are taken out, and last snapshots are \
      made that do without what was lost.
      """,
    subcommands: [
      RepairIndexCommand.self, RepairPacksCommand.self, RepairSnapshotsCommand.self,
    ]
  )
}
