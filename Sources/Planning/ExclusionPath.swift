package import Machine

/// An absolute path that patterns are matched against, kept as its components so that a walk
/// can go one step down and up without building it anew.
package struct ComponentPath: Hashable, Sendable {
  /// The names, each without a slash, one after the other.
  private(set) var bytes: ContiguousArray<UInt8> = []
  /// Where each name ends in `bytes`.
  private(set) var ends: ContiguousArray<Int> = []
  /// The same in lower case, when it was asked for.
  private(set) var lowered: Lowered?

  struct Lowered: Hashable, Sendable {
    var bytes: ContiguousArray<UInt8> = []
    var ends: ContiguousArray<Int> = []
  }

  /// Makes the root, `/`.
  ///
  /// - Parameter foldsCase: Whether ``PatternList``s that ignore case will be asked: the path
  ///   is then kept in lower case too.
  package init(foldsCase: Bool = false) {
    if foldsCase { lowered = Lowered() }
  }

  /// Makes the path of `path`, absolute and normalised.
  package init(_ path: FilePath, foldsCase: Bool = false) {
    self.init(foldsCase: foldsCase)
    for component in path.components {
      component.withPlatformString { text in
        append(UnsafeRawBufferPointer(start: text, count: component.byteCount))
      }
    }
  }

  /// How many names there are; none in the root.
  package var count: Int { ends.count }

  /// Goes down to `name`.
  package mutating func append(_ name: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: name)
    ends.append(bytes.count)
    if var copy = lowered {
      lowered = nil  // So that the copy is changed in place.
      copy.bytes.append(contentsOf: lowerCased(name))
      copy.ends.append(copy.bytes.count)
      lowered = copy
    }
  }

  /// Goes back up.
  package mutating func removeLast() {
    ends.removeLast()
    bytes.removeSubrange((ends.last ?? 0)...)
    if var copy = lowered {
      lowered = nil
      copy.ends.removeLast()
      copy.bytes.removeSubrange((copy.ends.last ?? 0)...)
      lowered = copy
    }
  }

  /// The path as a value that other parts of the program understand.
  package var filePath: FilePath {
    var text: [UInt8] = []
    var start = 0
    for end in ends {
      text.append(UInt8(ascii: "/"))
      text.append(contentsOf: bytes[start..<end])
      start = end
    }
    if text.isEmpty { text.append(UInt8(ascii: "/")) }
    text.append(0)
    return text.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { FilePath(platformString: $0) } ?? "/"
      }
    }
  }
}

extension FilePath.Component {
  /// The length of the name in bytes.
  var byteCount: Int {
    withPlatformString { text in
      var count = 0
      while text[count] != 0 { count += 1 }
      return count
    }
  }
}

/// Lower case by scalar, as Go's `strings.ToLower`; bytes that aren't UTF-8 stay as they are.
func lowerCased(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
  if bytes.allSatisfy({ $0 < 0x80 }) {
    return bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { return Array(bytes) }
  var result: [UInt8] = []
  for scalar in text.unicodeScalars {
    let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    result.append(contentsOf: String(lower).utf8)
  }
  return result
}
