package import Machine

/// Something with a name in a tree that stands still.
package struct ProvableEntry<Handle: Sendable>: Sendable {
  package enum Kind: Hashable, Sendable {
    /// - Parameter size: In bytes.
    case file(size: UInt64)
    case folder
    /// - Parameter target: What a symbolic link holds; any bytes.
    case link(target: [UInt8])
    case other
  }

  /// Within the tree, absolute.
  package var path: FilePath
  package var kind: Kind
  /// Who owns it, by number and by name; the name is empty where it isn't known.
  package var userID: UInt32
  package var user: [UInt8]
  /// How the tree finds it again.
  package var handle: Handle

  package init(path: FilePath, kind: Kind, userID: UInt32, user: [UInt8], handle: Handle) {
    self.path = path
    self.kind = kind
    self.userID = userID
    self.user = user
    self.handle = handle
  }

  /// The last part of its path.
  var name: FileName {
    FileName(path.lastComponent?.bytes ?? [])
  }

  /// In bytes; nil of what is no file.
  var size: UInt64? {
    if case .file(let size) = kind { size } else { nil }
  }
}

/// A tree of files that stands still: databases are looked for in it, and copied out of it.
///
/// What it can't read it throws as ``UnreadableEntry``; every other error is of who asks.
package protocol ProvableTree {
  associatedtype Handle: Sendable
  typealias Entry = ProvableEntry<Handle>

  /// The folder that everything else is in.
  var top: Entry { get }

  /// What is in a folder, by the bytes of the names.
  func entries(of folder: Entry) throws -> [Entry]

  /// The beginning of a file; fewer bytes when it has fewer.
  func firstBytes(of file: Entry, count: Int) throws -> [UInt8]

  /// Gives a new file the content of one in the tree.
  ///
  /// - Parameters:
  ///   - file: In the tree.
  ///   - target: Open for writing, empty.
  ///   - path: Of the new file, for errors.
  ///   - check: Called again and again; what it throws ends the copying.
  /// - Throws: ``UnreadableEntry``, why the new file can't be written, and what `check` throws.
  func copy(
    _ file: Entry,
    into target: CInt,
    at path: FilePath,
    _ check: () throws -> Void
  ) throws
}

/// What a tree can't read of itself.
package struct UnreadableEntry: ExplainedError {
  package let path: FilePath
  package let cause: (any Error)?

  package init(path: FilePath, cause: any Error) {
    self.path = path
    self.cause = cause
  }

  package var description: String { "can't read \(path)" }
}

extension ProvableTree {
  /// What stands at a path; nil when nothing does.
  ///
  /// Links are not followed.
  ///
  /// - Throws: ``UnreadableEntry``.
  func entry(at path: FilePath) throws -> Entry? {
    var rest = path
    guard rest.removePrefix(top.path) else { return nil }
    var found = top
    for component in rest.components {
      let name = FileName(component.bytes)
      guard found.kind == .folder,
        let next = try entries(of: found).first(where: { $0.name == name })
      else { return nil }
      found = next
    }
    return found
  }
}
