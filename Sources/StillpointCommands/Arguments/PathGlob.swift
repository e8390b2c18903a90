import Machine
import Planning

/// The existing paths that a pattern matches, as Go's `filepath.Glob` finds them, in order.
///
/// - Parameter pattern: Bytes; `*`, `?` and `[…]` don't match a slash.
/// - Returns: Paths written as the pattern is, relative or absolute.
/// - Throws: ``UsageError`` when the pattern is malformed.
package func expandGlob(_ pattern: [UInt8]) throws(UsageError) -> [[UInt8]] {
  let slash = UInt8(ascii: "/")
  var found: [[UInt8]] = [pattern.first == slash ? [slash] : []]
  for part in pattern.split(separator: slash) {
    guard part.contains(where: { "*?[\\".utf8.contains($0) }) else {
      found = found.map { join($0, Array(part)) }
      continue
    }
    guard let glob = NameGlob(part) else {
      throw UsageError(
        "pattern \"\(String(decoding: pattern, as: UTF8.self))\": syntax error in pattern"
      )
    }
    found = found.flatMap { folder in
      names(in: folder).filter { name in name.withUnsafeBytes { glob.matches($0) } }
        .map { join(folder, $0) }
    }
  }
  return found.filter { (try? fileMetadata(of: FilePath(bytes: $0))) != nil }
}

private func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
  folder.isEmpty || folder == [UInt8(ascii: "/")] ? folder + name : folder + [0x2f] + name
}

/// What is in a folder; nothing when it can't be listed, as in Go.
private func names(in folder: [UInt8]) -> [[UInt8]] {
  let path = folder.isEmpty ? FilePath(".") : FilePath(bytes: folder)
  guard let directory = try? openDirectory(path),
    let listing = try? DirectoryListing(reading: directory.raw, subject: path)
  else { return [] }
  return (0..<listing.count).map { Array(listing.name(at: $0).bytes) }
    .sorted { $0.lexicographicallyPrecedes($1) }
}
