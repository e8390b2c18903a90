import Foundation
import Keeping
import Machine
import Pausing
import TestSupport
import Testing

extension Pauses {
  @Suite struct `Writers that can't be held` {
    @Test func `are named, and lower the proof when they run`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        _ = try volume.keeper.prepare(
          PauseTargets(paths: [volume.folder], neverPause: [writer.processID])
        )
        let (report, proof, _) = try volume.paused { _ in usleep(500_000) }
        let expected = "python3 (pid \(writer.processID)): excepted"
        #expect(report.unpausable == [expected])
        #expect(proof.unheld == [expected])
        #expect(!proof.isProven)
      }
    }

    @Test func `count as held when they sleep`() throws {
      let script = """
        file = open(folder + "/asleep", "wb")
        ready()
        time.sleep(1000)
        """
      try KeptVolume.with { volume in
        let writer = try Writer(script, in: volume.folder)
        _ = try volume.keeper.prepare(
          PauseTargets(paths: [volume.folder], neverPause: [writer.processID])
        )
        let (report, proof, _) = try volume.paused { _ in }
        #expect(report.unpausable.count == 1)
        #expect(proof.isProven, "\(proof)")
      }
    }

    @Test(.requires(tool: "strace"))
    func `because another program traces them are named`() throws {
      try KeptVolume.with { volume in
        let wrapper = ["/usr/bin/strace", "-o", "/dev/null"]
        let writer = try Writer(`A pause`.counting, in: volume.folder, through: wrapper)
        let (report, proof, _) = try volume.paused { _ in usleep(500_000) }
        #expect(report.unpausable.count == 1)
        #expect(report.unpausable[0].contains("traced by strace"))
        #expect(!proof.isProven)
        #expect(eventually { writer.isRunning })
      }
    }

    @Test func `include the kernel for a loop device whose image is on the volume`() throws {
      try KeptVolume.with { volume in
        let tools = SystemCommandRunner()
        let image = volume.folder.appending("image").string
        try tools.run(Command("truncate", "-s", "16M", image))
        let device = try tools.text(of: Command("losetup", "--find", "--show", image))
        try releasing {
          let (report, proof, _) = try volume.paused { _ in }
          #expect(report.unpausable.count == 1)
          #expect(report.unpausable[0].contains(device))
          #expect(proof.isProven, "\(proof)")
          let (_, disturbed, _) = try volume.paused { _ in
            let file = FileHandle(forWritingAtPath: device)
            try file?.write(contentsOf: Data(repeating: 1, count: 1 << 20))
            try file?.synchronize()
          }
          #expect(!disturbed.isProven)
        } release: {
          try tools.run(Command("losetup", "--detach", device))
        }
      }
    }
  }
}
