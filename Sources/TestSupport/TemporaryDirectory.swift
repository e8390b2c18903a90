package import Machine

/// Calls `body` with a new empty directory, and removes it afterwards whatever happens.
///
/// It lies below `$TMPDIR`, else `/var/tmp`, which is on a disk more often than `/tmp`.
///
/// - Parameter body: What to do with the directory's absolute path.
/// - Returns: What `body` returned.
/// - Throws: What `body` threw, or why the directory could not be made or removed.
@discardableResult
package func withTemporaryDirectory<Value>(
  _ body: (FilePath) throws -> Value
) throws -> Value {
  let directory = try makeTemporaryDirectory(named: "stillpoint-test")
  return try releasing {
    try body(directory)
  } release: {
    try SystemCommandRunner().run(Command("rm", "-rf", "--one-file-system", directory.string))
  }
}
