import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint tag`.
struct TagCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Modify tags on snapshots.",
    discussion: """
      All tags of a snapshot are set, or some are added and removed. Without an ID all \
      snapshots that pass the filters are modified.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @Option(
    help: .init("Replace the tags by these. (can be repeated)", valueName: "tag[,tag,...]")
  )
  var set: [String] = []

  @Option(help: .init("Add these tags. (can be repeated)", valueName: "tag[,tag,...]"))
  var add: [String] = []

  @Option(help: .init("Remove these tags. (can be repeated)", valueName: "tag[,tag,...]"))
  var remove: [String] = []

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    if set.isEmpty && add.isEmpty && remove.isEmpty { throw UsageError("nothing to do!") }
    if !set.isEmpty && !(add.isEmpty && remove.isEmpty) {
      throw UsageError("--set and --add/--remove cannot be given at the same time")
    }
    let change = TagChange(
      set: set.flatMap(splitTags),
      added: add.flatMap(splitTags),
      removed: remove.flatMap(splitTags)
    )
    session.output.say("create exclusive lock for repository")
    let repository = try session.repository()
    let count = try session.locked(repository, .exclusive, isOptional: false) {
      try apply(change, in: repository, session)
    }
    finish(count, session.output)
    return .success
  }

  /// Returns how many snapshots were changed.
  private func apply(
    _ change: TagChange,
    in repository: Repository,
    _ session: Session
  ) throws -> Int {
    var count = 0
    for snapshot in try SnapshotSelection(ids, filters.filter, in: repository, session.output)
      .snapshots
    {
      try session.interruption.check()
      var file = snapshot.file
      guard change.apply(to: &file.tags) else { continue }
      // Whatever is changed, the first version stays known.
      file.original = file.original ?? snapshot.id
      do {
        let new = try repository.replaceSnapshot(snapshot.id, by: file)
        tell(snapshot.id, new, session.output)
        count += 1
      } catch let error as RepositoryError where error.reason == .lockLost {
        throw error
      } catch {
        session.output.error([
          "unable to modify the tags for snapshot ID \"\(snapshot.id.digest.hex)\", ignoring: "
            + ErrorText(error).line
        ])
      }
    }
    return count
  }

  private func tell(_ old: SnapshotID, _ new: SnapshotID, _ output: Output) {
    let (old, new) = (old.digest.hex, new.digest.hex)
    guard output.isJSON else {
      return output.say("old snapshot ID: \(old) -> new snapshot ID: \(new)", at: .verbose)
    }
    var object = JSONObject()
    object.add("message_type", "changed")
    object.add("old_snapshot_id", old)
    object.add("new_snapshot_id", new)
    output.json(object)
  }

  private func finish(_ count: Int, _ output: Output) {
    guard output.isJSON else {
      return output.say(
        count == 0 ? "no snapshots were modified" : "modified \(count) snapshots"
      )
    }
    var object = JSONObject()
    object.add("message_type", "summary")
    object.add("changed_snapshots", count)
    output.json(object)
  }
}

/// What is done to the tags of a snapshot, as restic does it.
struct TagChange {
  /// Instead of all there are; none for keeping them.
  var set: [String]
  var added: [String]
  var removed: [String]

  /// Changes `tags`.
  ///
  /// - Returns: Whether they are to be stored: after setting always.
  func apply(to tags: inout [String]) -> Bool {
    if !set.isEmpty {
      tags = set
      return true
    }
    var isChanged = false
    for tag in added where !tags.contains(tag) {
      tags.append(tag)
      isChanged = true
    }
    for tag in removed {
      guard let position = tags.firstIndex(of: tag) else { continue }
      // The last one takes its place.
      tags.swapAt(position, tags.count - 1)
      tags.removeLast()
      isChanged = true
    }
    return isChanged
  }
}
