/// Patterns that aren't well-formed.
package struct InvalidPatterns: Error, Hashable, CustomStringConvertible {
  package let patterns: [String]

  package var description: String {
    "invalid pattern(s): \(patterns.joined(separator: ", "))"
  }
}

/// Compiled patterns with restic's meaning.
///
/// Each pattern is a path of name patterns. A leading `/` ties it to the root; otherwise it
/// matches at any depth. `**` stands for any number of directories. What lies below a match
/// matches too. `!` in front takes back what earlier patterns matched.
package struct PatternList: Sendable {
  private var patterns: [PathPattern] = []
  private var hasNegations = false
  private var ignoresCase = false
  /// What it was compiled from.
  package private(set) var texts: [String] = []

  /// Matches nothing.
  package init() {}

  /// Compiles `texts`, in order; empty ones are left out.
  ///
  /// - Parameters:
  ///   - texts: The patterns.
  ///   - ignoringCase: Whether upper and lower case are the same; paths must then have been
  ///     made with `foldsCase`.
  /// - Throws: ``InvalidPatterns``, with all that are malformed.
  package init(
    _ texts: [String],
    ignoringCase: Bool = false
  ) throws(InvalidPatterns) {
    try self.init(bytes: texts.map { Array($0.utf8) }, ignoringCase: ignoringCase)
  }

  /// Compiles patterns of any bytes, as ``init(_:ignoringCase:)``.
  package init(
    bytes texts: [[UInt8]],
    ignoringCase: Bool = false
  ) throws(InvalidPatterns) {
    ignoresCase = ignoringCase
    self.texts = texts.map { String(decoding: $0, as: UTF8.self) }
    var invalid: [String] = []
    for text in texts where !text.isEmpty {
      let bytes = ignoringCase ? text.withUnsafeBytes { lowerCased($0) } : text
      if let pattern = PathPattern(bytes[...]) {
        patterns.append(pattern)
      } else {
        invalid.append(String(decoding: text, as: UTF8.self))
      }
    }
    if !invalid.isEmpty { throw InvalidPatterns(patterns: invalid) }
    hasNegations = patterns.contains { $0.isNegated }
  }

  package var isEmpty: Bool { patterns.isEmpty }

  /// Whether the list, read from first to last, matches `path`.
  package func matches(_ path: ComponentPath) -> Bool {
    path.withNames(inLowerCase: ignoresCase) { names in
      var isMatched = false
      for pattern in patterns where pattern.isNegated == isMatched {
        if pattern.matches(names) {
          isMatched.toggle()
          if !hasNegations { return true }
        }
      }
      return isMatched
    }
  }

  /// Whether the list matches `path`, and whether it may match something below.
  package func match(_ path: ComponentPath) -> (isMatched: Bool, childrenMayMatch: Bool) {
    path.withNames(inLowerCase: ignoresCase) { names in
      var isMatched = false
      var childrenMayMatch = false
      for pattern in patterns {
        let matches = pattern.matches(names)
        if pattern.isNegated {
          isMatched = isMatched && !matches
          childrenMayMatch = childrenMayMatch && !matches
        } else {
          isMatched = isMatched || matches
          childrenMayMatch = childrenMayMatch || pattern.mayMatch(below: names)
        }
      }
      return (isMatched, childrenMayMatch)
    }
  }
}

/// The names of a path, for the length of a call.
struct PathNames {
  let bytes: UnsafeRawBufferPointer
  let ends: UnsafeBufferPointer<Int>

  var count: Int { ends.count }

  subscript(index: Int) -> UnsafeRawBufferPointer {
    let start = index == 0 ? 0 : ends[index - 1]
    return UnsafeRawBufferPointer(rebasing: bytes[start..<ends[index]])
  }
}

extension ComponentPath {
  func withNames<Value>(inLowerCase isLower: Bool, _ body: (PathNames) -> Value) -> Value {
    if isLower, lowered == nil {
      preconditionFailure("a path for patterns that ignore case is made with foldsCase")
    }
    let bytes = isLower ? lowered?.bytes ?? [] : bytes
    let ends = isLower ? lowered?.ends ?? [] : ends
    return bytes.withUnsafeBytes { raw in
      ends.withUnsafeBufferPointer { body(PathNames(bytes: raw, ends: $0)) }
    }
  }
}
