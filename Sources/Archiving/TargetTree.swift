import Machine

/// A place in the snapshot at or above a target, as restic builds its root tree.
///
/// A node with a path and no children is a target. A node with both is a target that holds
/// another: its entries and its children stand side by side. A node with children only is a
/// directory above targets.
struct TargetTree: Hashable, Sendable {
  var children: [FileName: TargetTree] = [:]
  /// What stands here, when it is a target.
  var target: FilePath?
  /// Whether the user named it: then nothing leaves it out.
  var isExplicit = false
  /// For what the user did not name: the directory it was listed in.
  var container: FilePath?
  /// Where the metadata of a directory above targets is found.
  var directory: FilePath?
  /// The directory its first name is relative to; different ones never share a place.
  fileprivate var origin: Origin?

  fileprivate struct Origin: Hashable, Sendable {
    var path: FilePath
    var isAbsolute: Bool
  }

  /// The empty root.
  init() {}

  /// Builds the tree of `targets`, in order; those that appear twice count once.
  ///
  /// Source: restic's `internal/archiver/tree.go`.
  ///
  /// - Parameters:
  ///   - targets: What the user named.
  ///   - list: The names in a directory, for targets that stand for their entries.
  /// - Throws: What `list` throws, or ``ArchiveError`` when two targets meet.
  init(_ targets: [ArchiveTarget], list: (FilePath) throws -> [FileName]) throws {
    var seen: Set<ArchiveTarget> = []
    for target in targets where seen.insert(target).inserted {
      let names = target.placement ?? target.path.components.map { FileName($0) }
      let origin = Origin(
        path: target.path.removingLast(names.count),
        isAbsolute: target.placement == nil
      )
      if names.isEmpty {
        for name in try list(target.path).sorted() {
          try add(
            TargetTree(target: target.path.appending(name), container: target.path),
            [name],
            origin
          )
        }
      } else {
        try add(TargetTree(target: target.path, isExplicit: true), names[...], origin)
      }
    }
  }

  private init(target: FilePath, isExplicit: Bool = false, container: FilePath? = nil) {
    self.target = target
    self.isExplicit = isExplicit
    self.container = container
  }

  /// Adds a target whose first name stands in the root.
  private mutating func add(
    _ leaf: TargetTree,
    _ names: ArraySlice<FileName>,
    _ origin: Origin
  ) throws {
    guard let first = names.first else { return }
    var name = first
    var number = 0
    while let other = children[name], other.origin != origin {
      number += 1
      name = FileName(Array(first.bytes) + Array("-\(number)".utf8))
    }
    var child = children[name] ?? TargetTree()
    child.origin = origin
    try child.put(leaf, names.dropFirst(), below: origin.path.appending(first))
    children[name] = child
  }

  /// Puts a target at `names` below this node, which is at `directory`.
  private mutating func put(
    _ leaf: TargetTree,
    _ names: ArraySlice<FileName>,
    below path: FilePath
  ) throws {
    guard let name = names.first else {
      if target == leaf.target { return }
      guard target == nil else { throw ArchiveError(.collision) }
      target = leaf.target
      isExplicit = leaf.isExplicit
      container = leaf.container
      return
    }
    directory = path
    try children[name, default: TargetTree()]
      .put(leaf, names.dropFirst(), below: path.appending(name))
  }
}

extension FileName {
  init(_ component: FilePath.Component) {
    self = component.withPlatformString { text in
      var bytes: [UInt8] = []
      var next = text
      while next.pointee != 0 {
        bytes.append(UInt8(bitPattern: next.pointee))
        next += 1
      }
      return FileName(bytes)
    }
  }
}

extension FilePath {
  /// The path without its last `count` names.
  func removingLast(_ count: Int) -> FilePath {
    var path = self
    for _ in 0..<count { path.removeLastComponent() }
    return path
  }
}
