package import Testing

/// A version of restic, such as 0.19.1.
package struct ResticVersion: Hashable, Comparable, CustomStringConvertible, Sendable {
  package var parts: [Int]

  package init(_ parts: Int...) { self.parts = parts }

  package var description: String { parts.map(String.init).joined(separator: ".") }

  package static func < (left: ResticVersion, right: ResticVersion) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }

  /// That of the restic to compare with; nil where there is none.
  package static let installed: ResticVersion? = {
    let words = try? Program.restic?.succeed("version").split(separator: " ")
    guard let word = words?.dropFirst().first else { return nil }
    var version = ResticVersion()
    version.parts = word.split(separator: ".").compactMap { Int($0) }
    return version
  }()

  /// Whether the restic to compare with is at least so new.
  package static func isInstalled(_ major: Int, _ minor: Int) -> Bool {
    installed.map { $0 >= ResticVersion(major, minor) } ?? false
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, and says so, unless restic is at least so new.
  package static func requires(restic version: ResticVersion) -> Self {
    .enabled("needs restic \(version)") {
      ResticVersion.installed.map { $0 >= version } ?? false
    }
  }
}
