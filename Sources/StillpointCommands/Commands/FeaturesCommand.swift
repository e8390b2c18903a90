import ArgumentParser

/// `stillpoint features`.
struct FeaturesCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Print list of feature flags.",
    discussion: """
      These are restic's, and whether it is so here; none can be changed.

      """ + exitStatusHelp(.success, .failure)
  )

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  private struct Feature {
    let name: String
    let type: String
    let isOn: Bool
    let description: String
  }

  private static let features = [
    Feature(
      name: "backend-error-redesign",
      type: "beta",
      isOn: true,
      description: "enforce timeouts for stuck HTTP requests and use new backend error "
        + "handling design."
    ),
    Feature(
      name: "deprecate-legacy-index",
      type: "stable",
      isOn: true,
      description: "disable support for index format used by restic 0.1.0. Use "
        + "`restic repair index` to update the index if necessary."
    ),
    Feature(
      name: "deprecate-s3-legacy-layout",
      type: "stable",
      isOn: true,
      description: "disable support for S3 legacy layout used up to restic 0.7.0. Use restic "
        + "0.17.3 to migrate if necessary."
    ),
    Feature(
      name: "device-id-for-hardlinks",
      type: "alpha",
      isOn: false,
      description: "store deviceID only for hardlinks to reduce metadata changes for example "
        + "when using btrfs subvolumes. Will be removed in a future restic version after "
        + "repository format 3 is available"
    ),
    Feature(
      name: "explicit-s3-anonymous-auth",
      type: "stable",
      isOn: true,
      description: "forbid anonymous S3 authentication unless "
        + "`-o s3.unsafe-anonymous-auth=true` is set"
    ),
    Feature(
      name: "s3-restore",
      type: "alpha",
      isOn: false,
      description: "restore S3 objects from cold storage classes when "
        + "`-o s3.enable-restore=true` is set"
    ),
    Feature(
      name: "safe-forget-keep-tags",
      type: "stable",
      isOn: true,
      description: "prevent deleting all snapshots if the tag passed to `forget --keep-tags "
        + "tagname` does not exist"
    ),
  ]

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty { throw UsageError("the feature command expects no arguments") }
    var table = Table(["Name", "Type", "Default", "Description"])
    for feature in Self.features {
      table.add([
        [feature.name], [feature.type], ["\(feature.isOn)"], [feature.description],
      ])
    }
    for line in ["All Feature Flags:"] + table.lines {
      session.output.line(Array(line.utf8), isLast: false)
    }
    return .success
  }
}
