package import Machine

/// Is the keeper, and never returns, when the program was started as one; otherwise does nothing.
///
/// Called before anything else: no thread has been started.
///
/// - Parameters:
///   - arguments: The command line with the program's name.
///   - releaseRecord: Releases what a record of the journal describes, when the main process
///     died; an error leaves the record to the next start.
package func runKeeper(
  ifAskedBy arguments: [String],
  releaseRecord: (FilePath) throws -> Void
) {}
