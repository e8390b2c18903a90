import Glibc
import Keeping
import Machine
import Pausing
import TestSupport
import Testing

extension Pauses {
  /// Renaming needs no open file, so who renames is no writer that a scan finds.
  @Suite struct `Names that change during a pause` {
    private static let renaming = """
      os.mkdir(folder + "/x")
      ready()
      while True:
          os.rename(folder + "/x", folder + "/y")
          os.rename(folder + "/y", folder + "/x")
      """

    /// Calls `body` with a volume whose subvolumes `a` and `b` are to be paused; there is a `c`.
    private func withSubvolumes(_ body: (KeptVolume) throws -> Void) throws {
      try KeptVolume.with { volume in
        let paths = ["a", "b", "c"].map { volume.folder.appending($0) }
        for path in paths {
          try Program("/usr/bin/btrfs").succeed("subvolume", "create", path.string)
        }
        let possible = try volume.keeper.prepare(PauseTargets(paths: Array(paths[..<2])))
        #expect(possible.limits == [])
        try body(volume)
      }
    }

    @Test func `are noticed, and who changes them is held the next time`() throws {
      try withSubvolumes { volume in
        let writer = try Writer(Self.renaming, in: volume.folder.appending("a"))
        let (_, first, _) = try volume.paused { _ in usleep(500_000) }
        #expect(first.disturbances == ["python3 (pid \(writer.processID)) changed names"])
        let (_, second, _) = try volume.paused { _ in
          #expect(writer.states == ["t"])
          usleep(20_000)
        }
        #expect(second.isProven, "\(second)")
        #expect(eventually { writer.isFree })
      }
    }

    @Test func `count only on the volumes of the backup`() throws {
      try withSubvolumes { volume in
        let writer = try Writer(Self.renaming, in: volume.folder.appending("c"))
        let (_, proof, _) = try volume.paused { _ in usleep(20_000) }
        #expect(proof.isProven, "\(proof)")
        #expect(writer.isRunning)
      }
    }

    @Test func `are no matter on a single volume`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(Self.renaming, in: volume.folder)
        let (_, proof, _) = try volume.paused { _ in usleep(20_000) }
        #expect(proof.isProven, "\(proof)")
        #expect(writer.isRunning)
      }
    }
  }
}
