import Foundation

/// The project's own files, as the rules about them see them.
enum SourceTree {
  struct Source {
    /// The folder below `Sources` or `Tests`.
    var target: String
    /// Below the project's folder.
    var path: String
    var lines: [Substring]
  }

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The Swift files below `folder`, which is `Sources` or `Tests`.
  static func files(in folder: String) throws -> [Source] {
    let names = try FileManager.default
      .subpathsOfDirectory(atPath: root.appending(path: folder).path)
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      Source(
        target: String(name.split(separator: "/")[0]),
        path: "\(folder)/\(name)",
        lines: try text("\(folder)/\(name)").split(
          separator: "\n",
          omittingEmptySubsequences: false
        )
      )
    }
  }
}
