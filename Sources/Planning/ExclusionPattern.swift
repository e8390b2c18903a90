/// One compiled path pattern.
struct PathPattern: Hashable, Sendable {
  let isNegated: Bool
  /// Whether the first segment stands at the root.
  let isAbsolute: Bool
  /// The name patterns between the `**`: one segment more than there are `**`.
  let segments: [[NameGlob]]

  /// Compiles `text`, which isn't empty; nil when it is malformed.
  init?(_ text: ArraySlice<UInt8>) {
    isNegated = text.first == UInt8(ascii: "!")
    let cleaned = cleanedPath(isNegated ? text.dropFirst() : text)
    isAbsolute = cleaned.first == UInt8(ascii: "/")
    // restic reads the pattern `/` as `/**`: nothing after the slash is its `**`.
    let names = (isAbsolute ? cleaned.dropFirst() : cleaned[...])
      .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    var segments: [[NameGlob]] = [[]]
    for name in names {
      if name.isEmpty || name.elementsEqual("**".utf8) {
        segments.append([])
      } else {
        guard let glob = NameGlob(name) else { return nil }
        segments[segments.count - 1].append(glob)
      }
    }
    self.segments = segments
  }

  /// Whether the pattern matches the path, or one of the directories above it.
  func matches(_ names: PathNames) -> Bool {
    var position = 0
    for (index, segment) in segments.enumerated() {
      if index == 0, isAbsolute {
        guard Self.stands(segment, in: names, at: 0) else { return false }
        position = segment.count
        continue
      }
      var start = position
      while !Self.stands(segment, in: names, at: start) {
        start += 1
        if start + segment.count > names.count { return false }
      }
      position = start + segment.count
    }
    // A lone `**` is a name at least.
    return isAbsolute || names.count > 0
  }

  /// Whether something below the path may match.
  func mayMatch(below names: PathNames) -> Bool {
    guard isAbsolute else { return true }
    let depth = min(names.count, segments[0].count)
    return Self.stands(segments[0][..<depth], in: names, at: 0)
  }

  private static func stands(
    _ segment: some RandomAccessCollection<NameGlob>,
    in names: PathNames,
    at start: Int
  ) -> Bool {
    guard start + segment.count <= names.count else { return false }
    var index = start
    for glob in segment {
      if !glob.matches(names[index]) { return false }
      index += 1
    }
    return true
  }
}

/// The shortest path with the same meaning, by its text alone, as Go's `filepath.Clean`.
func cleanedPath(_ path: ArraySlice<UInt8>) -> [UInt8] {
  let isAbsolute = path.first == UInt8(ascii: "/")
  var kept: [ArraySlice<UInt8>] = []
  for name in path.split(separator: UInt8(ascii: "/")) where !name.elementsEqual(".".utf8) {
    if !name.elementsEqual("..".utf8) {
      kept.append(name)
    } else if let last = kept.last, !last.elementsEqual("..".utf8) {
      kept.removeLast()
    } else if !isAbsolute {
      kept.append(name)
    }
  }
  let joined = Array(kept.joined(separator: [UInt8(ascii: "/")]))
  if isAbsolute { return [UInt8(ascii: "/")] + joined }
  return joined.isEmpty ? [UInt8(ascii: ".")] : joined
}
