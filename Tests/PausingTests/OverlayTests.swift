import Keeping
import Machine
import Pausing
import TestSupport
import Testing

extension Pauses {
  @Suite struct `A pause of a volume below an overlay` {
    @Test func `stops who writes to the overlay`() throws {
      try KeptVolume.with { volume in
        let tools = SystemCommandRunner()
        for name in ["lower", "upper", "work", "merged"] {
          try tools.run(Command("mkdir", volume.folder.appending(name).string))
        }
        let merged = volume.folder.appending("merged")
        let folder = volume.folder.string
        try tools.run(
          Command(
            "mount",
            "-t",
            "overlay",
            "overlay",
            "-o",
            "lowerdir=\(folder)/lower,upperdir=\(folder)/upper,workdir=\(folder)/work",
            merged.string
          )
        )
        try releasing {
          _ = try volume.keeper.prepare(PauseTargets(paths: [volume.folder]))
          let writer = try Writer(`A pause`.counting, in: merged)
          let (_, proof, _) = try volume.paused { report in
            #expect(report.processes == 1)
            #expect(writer.states == ["t"])
          }
          #expect(proof.isProven, "\(proof)")
          // The pause holds the overlay open.
          _ = try volume.keeper.prepare(PauseTargets(paths: ["/dev/shm"]))
        } release: {
          try tools.run(Command("umount", "--lazy", merged.string))
        }
      }
    }
  }
}
