package import RepositoryEngine
import RepositoryFormat

/// The folders above the snapshots, as templates name them.
///
/// Source: restic's `internal/fuse/snapshots_dirstruct.go`.
package struct SnapshotFolders: Sendable {
  /// What stands in a folder.
  package enum Entry: Hashable, Sendable {
    case folder
    case snapshot(StoredSnapshot)
    /// To the newest snapshot beside it.
    case link(target: String, StoredSnapshot)
  }

  /// What restic shows when nobody says anything else.
  package static let defaultTemplates = [
    "ids/%i", "snapshots/%T", "hosts/%h/%T", "tags/%t/%T",
  ]

  /// By the folder's path, which is empty for the topmost and else begins with a slash.
  private var folders: [String: [String: Entry]] = ["": [:]]

  /// Arranges snapshots.
  ///
  /// - Parameters:
  ///   - snapshots: The oldest first.
  ///   - templates: Paths in which `%i` stands for the short id, `%I` for the id, `%u` for the
  ///     user, `%h` for the host, `%t` for each tag and `%T` for the time.
  ///   - layout: How the time is written.
  package init(_ snapshots: [StoredSnapshot], templates: [String], layout: GoTimeLayout) {
    for template in templates { makeFolder(cleaned(Self.fixedPart(of: template))) }
    for snapshot in snapshots {
      for template in templates {
        let (paths, time) = Self.paths(template, snapshot, layout)
        for path in paths { add(snapshot, at: path, time: time) }
      }
    }
  }

  /// What stands in the folder, by name; nil when there is no such folder.
  package subscript(path: String) -> [String: Entry]? { folders[path] }

  private mutating func add(_ snapshot: StoredSnapshot, at path: String, time: String) {
    var suffix = time
    var number = 1
    while entry(cleaned(path + suffix)) != nil {
      suffix = "\(time)-\(number)"
      number += 1
    }
    put(.snapshot(snapshot), at: cleaned(path + suffix))
    if !time.isEmpty {
      put(.link(target: suffix, snapshot), at: cleaned(path + "/latest"))
    }
  }

  private func entry(_ path: String) -> Entry? {
    let (parent, name) = split(path)
    return folders[parent]?[name]
  }

  private mutating func put(_ entry: Entry, at path: String) {
    let (parent, name) = split(path)
    guard !name.isEmpty else { return }
    makeFolder(parent)
    folders[parent]?[name] = entry
  }

  private mutating func makeFolder(_ path: String) {
    guard folders[path] == nil else { return }
    folders[path] = [:]
    let (parent, name) = split(path)
    makeFolder(parent)
    folders[parent]?[name] = .folder
  }

  /// The paths of a snapshot without its time, and the time when the template ends with it.
  private static func paths(
    _ template: String,
    _ snapshot: StoredSnapshot,
    _ layout: GoTimeLayout
  ) -> (paths: [String], time: String) {
    let file = snapshot.file
    var paths = [""]
    func appended(_ text: String) -> [String] { paths.map { $0 + text } }
    var rest = Substring(template)
    while let first = rest.popFirst() {
      guard first == "%", let verb = rest.popFirst() else {
        paths = appended(String(first))
        continue
      }
      switch verb {
      case "T":
        let time = layout.string(file.time)
        if rest.isEmpty { return (paths, time) }
        paths = appended(time)
      case "t": paths = file.tags.flatMap { appended(Self.name(ofTag: $0)) }
      case "i": paths = appended(snapshot.id.digest.short)
      case "I": paths = appended(snapshot.id.digest.hex)
      case "u": paths = appended(file.username)
      case "h": paths = appended(file.hostname)
      default: paths = appended(String(verb))
      }
    }
    return (paths, "")
  }

  private static func name(ofTag tag: String) -> String {
    switch tag {
    case "", ".": "_"
    case "..": "__"
    default: tag.replacing("/", with: "_")
    }
  }

  /// The folders of a template that every snapshot shares.
  private static func fixedPart(of template: String) -> String {
    guard let verb = template.firstIndex(of: "%") else { return "" }
    guard let slash = template[..<verb].lastIndex(of: "/") else { return "" }
    return String(template[..<slash])
  }
}

/// The path with one slash before each name, and without `.` and `..`.
private func cleaned(_ path: String) -> String {
  var names: [Substring] = []
  for name in path.split(separator: "/") where name != "." {
    if name == ".." { _ = names.popLast() } else { names.append(name) }
  }
  return names.map { "/\($0)" }.joined()
}

private func split(_ path: String) -> (parent: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return ("", path) }
  return (String(path[..<slash]), String(path[path.index(after: slash)...]))
}
