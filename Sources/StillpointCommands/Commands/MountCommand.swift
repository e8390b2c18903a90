import ArgumentParser
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryMount

/// `stillpoint mount`.
struct MountCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "mount",
    abstract: "Mount the repository, read-only, until Ctrl-C or umount.",
    discussion: """
      Snapshots are shown by id, time, host and tag, or as --path-template says: %i is the short \
      id, %I the long one, %u the user, %h the host, %t each tag, %T the time, which \
      --time-template shows by the sample Mon Jan 2 15:04:05 -0700 MST 2006. Without templates: \
      ids/%i, snapshots/%T, hosts/%h/%T, tags/%t/%T.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("An empty folder.", valueName: "mountpoint"))
  var words: [String] = []

  @Flag(help: "Let other users look into it.")
  var allowOther = false

  @Flag(help: "With --allow-other: whoever looks may read everything.")
  var noDefaultPermissions = false

  @Flag(help: "Show root as the owner of everything.")
  var ownerRoot = false

  @Option(help: .init("Where snapshots are shown. (can be repeated)", valueName: "template"))
  var pathTemplate: [String] = []

  @Option(help: .init("How times are written.", valueName: "template"))
  var timeTemplate = GoTimeLayout.rfc3339.text

  @Option(help: .hidden)
  var snapshotTemplate: String?

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let options = try options()
    guard words.count == 1 else { throw UsageError("wrong number of parameters") }
    let path = FilePath(bytes: ByteText.bytes(words[0]))
    try MountPoint(path).check(repository: session.store().location)
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      try mount(repository, at: path, options, interruption: session.interruption) {
        session.output.say("Now serving the repository at \(words[0])")
        session.output.say(
          "Use another terminal or tool to browse the contents of this folder."
        )
        session.output.say("When finished, quit with Ctrl-c here or umount the mountpoint.")
      }
      return .success
    }
  }

  private func options() throws(UsageError) -> MountOptions {
    let layout = snapshotTemplate ?? timeTemplate
    if layout.isEmpty { throw UsageError("time template string cannot be empty") }
    if layout.hasPrefix("/") || layout.hasSuffix("/") {
      throw UsageError("time template string cannot start or end with '/'")
    }
    var options = MountOptions()
    options.filter = filters.filter
    options.ownerIsRoot = ownerRoot
    options.allowsOthers = allowOther
    options.checksPermissions = !noDefaultPermissions
    options.timeLayout = GoTimeLayout(layout)
    if !pathTemplate.isEmpty { options.pathTemplates = pathTemplate }
    return options
  }
}

/// A folder to mount at.
private struct MountPoint {
  let path: FilePath

  init(_ path: FilePath) { self.path = path }

  /// - Throws: ``UsageError`` when nothing can be mounted there, or the repository would be read
  ///   through its own mount, which never ends.
  func check(repository: String) throws {
    let real: FilePath
    do {
      guard try fileMetadata(of: path, followingLinks: true).type == .directory else {
        throw UsageError("mountpoint \(path) is not a directory")
      }
      real = try realPath(of: path)
    } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
      throw UsageError("mountpoint \(path) does not exist")
    } catch let error as SystemCallError {
      throw UsageError("mountpoint \(path) is inaccessible: \(error.errno)")
    }
    guard let place = RepositoryPlace(repository)?.path else { return }
    if real.starts(with: place) || place.starts(with: real) {
      throw UsageError(
        "mountpoint \(path) and the repository \(place) lie in each other",
        hint: "the repository would be read through its own mount"
      )
    }
  }
}
