import Foundation
package import Machine
package import Testing

/// Where control groups can be made that can be frozen; nil where there is no such place.
private var freezerFolder: FilePath? {
  try? MountTable.current().visible().first { mount in
    mount.type == "cgroup2" || mount.mountPoint.string.hasSuffix("/freezer")
  }?.mountPoint
}

/// Whether there are control groups that can be frozen.
package var hasFreezer: Bool { freezerFolder != nil }

extension Trait where Self == ConditionTrait {
  /// Skips the test, and says so, where no control group can be frozen.
  package static var requiresFreezer: Self {
    .enabled("needs control groups that can be frozen") { hasFreezer }
  }
}

/// Calls `body` with the folder of a new control group in which a program sleeps.
///
/// - Parameter body: What to do with the group; it lets it go.
/// - Returns: What `body` returned.
/// - Throws: What `body` threw, or what making the group throws.
package func withSleepingGroup<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
  let folder = try #require(freezerFolder).appending("stillpoint-test-\(UUID())")
  try LocalFiles.makeDirectory(folder)
  defer { rmdir(folder.string) }
  let sleeper = try Program("/bin/sleep").start(["1000"])
  defer {
    kill(sleeper.processID, SIGKILL)
    _ = sleeper.wait()
  }
  try Data("\(sleeper.processID)\n".utf8).write(
    to: URL(filePath: folder.appending("cgroup.procs").string)
  )
  return try body(folder)
}
