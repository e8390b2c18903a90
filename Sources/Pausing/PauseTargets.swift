package import Machine

/// What a pause is for: the volumes whose writers are held.
package struct PauseTargets: Hashable, Sendable {
  /// One directory on each volume, of btrfs one for every subvolume of the backup, nested ones
  /// included; `/proc/PID/fd/N` will do.
  package var paths: [FilePath]
  /// Processes that are never held, besides ourselves, our ancestors and the system's own.
  package var neverPause: [ProcessID]
  /// Whether names and attributes must stay as they are during the pause too, also of one volume:
  /// what is read afterwards has them as of then.
  package var keepsNames = false

  package init(paths: [FilePath], neverPause: [ProcessID] = []) {
    self.paths = paths
    self.neverPause = neverPause
  }
}

/// What this process may do about writers, found out without touching any of them.
package struct PausePossibilities: Hashable, Sendable {
  /// Whether writers of other users can be seen and held; without it only our own.
  package var holdsEveryone: Bool
  /// Whether a write during the pause would be noticed.
  package var canWatch: Bool
  /// Whether openers can be made to wait.
  package var canGate: Bool
  /// What isn't possible and what would be needed, as sentences without a period.
  package var limits: [String]

  package init(holdsEveryone: Bool, canWatch: Bool, canGate: Bool, limits: [String]) {
    self.holdsEveryone = holdsEveryone
    self.canWatch = canWatch
    self.canGate = canGate
    self.limits = limits
  }
}
