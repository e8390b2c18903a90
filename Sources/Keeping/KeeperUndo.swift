package import Machine

/// Something the keeper undoes when the main process is gone without having said ``Keeper/finish()``.
package enum KeeperUndo: Hashable, Sendable {
  /// What this record of the journal describes is released as a leftover.
  case release(record: FilePath)
  /// This file is unlinked, such as our lock in a local repository.
  case unlink(FilePath)
  /// This folder is removed with everything in it; its name holds random bits of ours.
  case removeFolder(FilePath)
  /// Every process is ended that has the mounts of `process`, which are not ours.
  ///
  /// - Parameter namespace: The number of its mount namespace, so that nobody else is meant.
  case endProcesses(withMountsOf: ProcessID, namespace: UInt64)
}
