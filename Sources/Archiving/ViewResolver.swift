import Machine
import Viewing

/// A directory or file found by its path through the pieces of a view.
struct ResolvedPlace: Sendable {
  /// The directory that holds it, or itself when there is no name.
  let directory: SharedDescriptor
  /// Nil for `directory` itself.
  let name: FileName?
  /// The piece it is seen through.
  let root: ViewRoot
  /// Its path without symbolic links.
  let path: FilePath

  /// Whether it is a piece of the view, not only in one.
  var isRoot: Bool { path == root.path }
}

/// Finds paths through a view, following symbolic links as the kernel would, but never leaving
/// the view.
struct ViewResolver: Sendable {
  let view: View

  /// Finds `path`, absolute and normalised.
  ///
  /// - Parameters:
  ///   - path: What to find.
  ///   - followsLast: Whether a symbolic link at the end is followed too.
  /// - Returns: The place. Whether something is there shows when it is used.
  /// - Throws: ``SystemCallError`` when a directory on the way isn't there.
  func resolve(_ path: FilePath, followingLast followsLast: Bool) throws -> ResolvedPlace {
    var pending = Array(path.components.map { FileName($0) }.reversed())
    var levels = [try top()]
    var linksLeft = 40
    while let name = pending.popLast() {
      if name == FileName("..") {
        if levels.count > 1 { levels.removeLast() }
        continue
      }
      let parent = levels[levels.count - 1]
      let here = parent.path.appending(name)
      if let root = view.root(at: here) {
        if root.entry != nil, !pending.isEmpty {
          throw SystemCallError(call: "openat", subject: here, errno: .notDirectory)
        }
        levels.append(Self.place(of: root))
        continue
      }
      if pending.isEmpty, !followsLast {
        return ResolvedPlace(
          directory: parent.directory,
          name: name,
          root: parent.root,
          path: here
        )
      }
      let descriptor = try name.withCString {
        SharedDescriptor(try openAsPlace(in: parent.directory.raw, $0, subject: here))
      }
      let metadata = try fileMetadata(in: descriptor.raw, subject: here)
      if metadata.type == .symbolicLink {
        linksLeft -= 1
        guard linksLeft > 0 else {
          throw SystemCallError(call: "openat", subject: here, errno: .tooManySymbolicLinkLevels)
        }
        let target = try linkTarget(in: descriptor.raw, "", subject: here)
        if target.first == UInt8(ascii: "/") { levels = [levels[0]] }
        pending += target.split(separator: UInt8(ascii: "/"))
          .filter { !$0.elementsEqual(".".utf8) }.map { FileName($0) }.reversed()
        continue
      }
      levels.append(
        ResolvedPlace(
          directory: descriptor,
          name: nil,
          root: parent.root,
          path: here
        )
      )
    }
    return levels[levels.count - 1]
  }

  /// The names in the directory `path`, with the pieces of the view that stand in it.
  ///
  /// - Throws: ``SystemCallError``.
  func names(in path: FilePath) throws -> [FileName] {
    let place = try resolve(path, followingLast: true)
    let directory = try openForReading(
      in: place.directory.raw,
      ".",
      isDirectory: true,
      subject: path
    )
    let listing = try DirectoryListing(reading: directory.raw, subject: path)
    return (0..<listing.count).map { listing.name(at: $0) }
  }

  private func top() throws -> ResolvedPlace {
    guard let root = view.roots.first else { preconditionFailure("a view covers every path") }
    return Self.place(of: root)
  }

  static func place(of root: ViewRoot) -> ResolvedPlace {
    ResolvedPlace(directory: root.directory, name: root.entry, root: root, path: root.path)
  }
}

/// The pieces of a view that stand somewhere below a directory, by the names that lead to them.
struct RootsBelow: Sendable {
  private var roots: [(names: ArraySlice<FileName>, root: ViewRoot)] = []

  /// Those of `view` below `path`, which has no symbolic links.
  init(_ path: FilePath, in view: View) {
    for root in view.roots where root.path != path && root.path.starts(with: path) {
      let names = root.path.components.dropFirst(path.components.count)
      roots.append((names.map { FileName($0) }[...], root))
    }
  }

  private init() {}

  static let none = RootsBelow()

  var isEmpty: Bool { roots.isEmpty }
  var all: [ViewRoot] { roots.map(\.root) }

  /// The names right here that are pieces or lead to some.
  var names: [FileName] { roots.compactMap(\.names.first) }

  /// What stands at `name`: the piece there, and those below it.
  func child(_ name: UnsafeRawBufferPointer) -> (root: ViewRoot?, below: RootsBelow) {
    var root: ViewRoot?
    var below = RootsBelow()
    for entry in roots {
      guard let first = entry.names.first, first.bytes.elementsEqual(name) else { continue }
      let rest = entry.names.dropFirst()
      if rest.isEmpty {
        root = entry.root
      } else {
        below.roots.append((rest, entry.root))
      }
    }
    return (root, below)
  }
}
