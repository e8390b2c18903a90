package import Machine

/// What a backup leaves out below its targets; a target itself is never left out.
///
/// Source: restic's manual, "Excluding files", tried with restic 0.19.1.
package struct Exclusions: Sendable {
  /// `--exclude` and `--exclude-file`.
  package var patterns = PatternList()
  /// `--iexclude` and `--iexclude-file`.
  package var caselessPatterns = PatternList()
  /// Files of more bytes than this: `--exclude-larger-than`.
  package var sizeMax: UInt64?
  /// `--exclude-if-present` and `--exclude-caches`.
  package var markers: [ExclusionMarker] = []
  /// `--one-file-system`: directories on other devices stay, empty.
  package var staysOnFileSystem = false

  /// Leaves nothing out.
  package init() {}

  /// Whether the patterns leave out `path`.
  package func excludes(_ path: ComponentPath) -> Bool {
    if !caselessPatterns.isEmpty, caselessPatterns.matches(path) { return true }
    return !patterns.isEmpty && patterns.matches(path)
  }

  /// Whether no pattern was given, so that paths need not be asked about.
  package var hasPatterns: Bool { !patterns.isEmpty || !caselessPatterns.isEmpty }
}

/// A file whose presence leaves out everything beside it: `name[:header]`.
///
/// The file itself stays in the backup.
package struct ExclusionMarker: Hashable, Sendable {
  package var name: FileName
  /// What the file must begin with; empty when its presence is enough.
  package var header: [UInt8]

  package init(name: FileName, header: [UInt8]) {
    self.name = name
    self.header = header
  }

  /// Reads `name` or `name:header`; nil when there is no name or it has a slash.
  package init?(parsing text: String) {
    let bytes = Array(text.utf8)
    let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
    let name = bytes[..<colon]
    guard !name.isEmpty, !name.contains(UInt8(ascii: "/")), !bytes.contains(0) else { return nil }
    self.name = FileName(name)
    header = Array(bytes[colon...].dropFirst())
  }

  /// The mark of a cache: `--exclude-caches`.
  ///
  /// Source: bford.info/cachedir.
  package static let cacheDirectory = ExclusionMarker(
    name: FileName("CACHEDIR.TAG"),
    header: Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)
  )
}
