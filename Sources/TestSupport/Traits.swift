package import Machine
package import Testing

extension Trait where Self == ConditionTrait {
  /// Skips the test, and says so, unless it runs as root.
  package static var requiresRoot: Self {
    .enabled("needs root (mount, losetup)") { isRoot }
  }

  /// Skips the test, and says so, outside the test machine, whose disks may be written to.
  package static var requiresTestMachine: Self {
    .enabled("needs the test machine (make test-vm)") { isTestMachine }
  }

  /// Skips the test, and says so, unless `tool` can be found in the usual places.
  package static func requires(tool: String) -> Self {
    .enabled("needs \(tool)") { findTool(tool) != nil }
  }

  /// Skips the test, and says so, unless `device` exists.
  package static func requires(device: FilePath) -> Self {
    .enabled("needs \(device)") { (try? fileMetadata(of: device)) != nil }
  }
}

/// Where `tool` is installed, nil when it isn't.
package func findTool(_ tool: String) -> FilePath? {
  ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
    .map { FilePath($0).appending(tool) }
    .first { (try? fileMetadata(of: $0, followingLinks: true)) != nil }
}
