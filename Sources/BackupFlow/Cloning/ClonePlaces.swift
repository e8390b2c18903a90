import Machine

/// Where a file is copied from and to, without links on the way.
struct ClonePlaces {
  let source: FilePath
  let destination: FilePath

  /// Resolves and checks both; nothing is opened.
  ///
  /// - Throws: ``CloneError``.
  init(_ request: CloneRequest) throws {
    let found: FileMetadata
    do {
      source = try realPath(of: request.source)
      found = try fileMetadata(of: source)
    } catch {
      throw CloneError(.unreadable(request.source), cause: error)
    }
    guard found.type == .regular else { throw CloneError(.notRegular(request.source)) }
    do {
      destination = try Self.destination(request, source)
    } catch {
      throw CloneError(.unwritable(request.destination), cause: error)
    }
    guard let former = try? fileMetadata(of: destination) else { return }
    if former.inode == found.inode && former.device == found.device {
      throw CloneError(.irreplaceable(destination, because: "it is the file to copy"))
    }
    guard request.replaces else { throw CloneError(.exists(destination)) }
    if former.type != .regular && former.type != .symbolicLink {
      throw CloneError(.irreplaceable(destination, because: "it is not a regular file"))
    }
  }

  var directory: FilePath { destination.removingLastComponent() }

  private static func destination(
    _ request: CloneRequest,
    _ source: FilePath
  ) throws(SystemCallError) -> FilePath {
    let asked = request.destination
    let isDirectory = (try? fileMetadata(of: asked, followingLinks: true))?.type == .directory
    if let name = asked.lastComponent, !isDirectory {
      let parent = asked.removingLastComponent()
      return try realPath(of: parent.isEmpty ? "." : parent).appending(name)
    }
    let given = request.source.lastComponent
    let name = given?.kind == .regular ? given : source.lastComponent
    return try realPath(of: asked).appending(name.map { [$0] } ?? [])
  }
}
