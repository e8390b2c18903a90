import Exporting
import Machine
import RepositoryEngine
import RepositoryFormat

/// Writes files and folders of a snapshot as a stream of bytes.
struct Dump {
  let repository: Repository
  let interruption: Interruption

  /// Writes a file's content, or an archive of what a folder holds.
  ///
  /// - Parameters:
  ///   - path: What is written.
  ///   - format: Of archives.
  ///   - write: Gets the bytes, in pieces that are valid during the call.
  /// - Throws: ``RepositoryError``, ``ArchiveError``, ``Interrupted``; what `write` throws.
  func write(
    _ path: DumpedPath,
    _ format: ArchiveFormat,
    to write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    switch path {
    case .file(let node): try read(node) { try $0.withUnsafeBytes { try write($0) } }
    case .folder(let tree, let folder):
      let archive = try ArchiveWriter(format, write: write)
      let walk = SnapshotWalk(
        repository: repository,
        interruption: interruption,
        visit: { item in
          try add(item, below: folder, to: archive)
          return true
        }
      )
      try walk.run(tree)
      try archive.finish()
    }
  }

  private func add(
    _ item: ListItem,
    below folder: [UInt8],
    to archive: ArchiveWriter
  ) throws {
    let node = item.node
    guard archive.takes(node.type) else { return }
    guard node.hasUsableName else { throw UnusableName(path: item.path) }
    let path = folder.isEmpty ? Array(item.path.dropFirst()) : folder + item.path
    // What counts is what will be written, whatever the node says.
    let size = (node.content ?? []).reduce(UInt64(0)) { sum, id in
      sum + UInt64(repository.plainSize(.data, id) ?? 0)
    }
    try archive.begin(node, at: path, size: size)
    try read(node) { try $0.withUnsafeBytes { try archive.append($0) } }
  }

  private func read(_ node: Node, _ each: ([UInt8]) throws -> Void) throws {
    guard node.type == .file else { return }
    try repository.readBlobs(inOrder: node.content ?? [], interruption, each: each)
  }
}

/// A name that no file can have.
struct UnusableName: ExplainedError {
  let path: [UInt8]
  var cause: (any Error)? { nil }

  var description: String { "the snapshot holds the path \(quoted(path)), which no file can have" }
}
