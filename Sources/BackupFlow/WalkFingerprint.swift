import Archiving
import Machine
import Planning
import RepositoryFormat
import Viewing

/// Everything that decides how the same files are stored: when two backups agree in it, what
/// didn't change has the same node in both.
///
/// Pieces that are read are not part of it: a snapshot names them.
struct WalkFingerprint {
  /// Changes with what the fields mean.
  private static let version = 1
  private var fields: [[UInt8]] = []

  /// Takes the fingerprint of a backup.
  ///
  /// - Parameters:
  ///   - request: What is backed up and how.
  ///   - stillness: How each piece is read.
  ///   - owners: Whose names are stored; they may have got others.
  init(_ request: BackupRequest, _ stillness: Stillness, _ owners: OwnerNumbers) {
    add("version", Self.version, request.programVersion, Host.userID)
    for source in request.sources {
      add("source", source.path.bytes, source.placement?.map { Array($0.bytes) } as Any)
    }
    // Their files stand in the same tree.
    for dump in request.dumps { add("dump", dump.path.bytes) }
    add(request.exclusions)
    let archiving = request.archiving
    add("options", archiving.storesAccessTime, archiving.ignoresInode, archiving.ignoresChangeTime)
    for root in stillness.view.roots {
      if case .omitted = root.kind { add("omitted", root.path.bytes) }
    }
    for change in LocalTimeOffsets.changes { add("zone", change.start, change.offset) }
    let names = OwnerNames()
    for user in owners.users.sorted() { add("user", user, names.user(user)) }
    for group in owners.groups.sorted() { add("group", group, names.group(group)) }
  }

  private mutating func add(_ exclusions: Exclusions) {
    add("exclude", exclusions.patterns.texts)
    add("iexclude", exclusions.caselessPatterns.texts)
    add("larger", exclusions.sizeMax as Any, exclusions.staysOnFileSystem)
    for marker in exclusions.markers { add("marker", Array(marker.name.bytes), marker.header) }
  }

  private mutating func add(_ values: Any...) { fields.append(Array("\(values)".utf8)) }

  /// 64 hexadecimal digits.
  var digits: String {
    // Each with its length, so that no two lists of fields are the same bytes.
    sha256(fields.flatMap { Array("\($0.count):".utf8) + $0 }).hex
  }
}
