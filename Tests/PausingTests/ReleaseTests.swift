import Foundation
import Keeping
import Machine
import Pausing
import TestSupport
import Testing

extension Pauses {
  @Suite struct `Nobody stays stopped` {
    @Test func `when the keeper is killed`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        let report = try volume.keeper.pause(within: .seconds(5), gated: true)
        #expect(report.outcome == .held)
        kill(volume.keeper.processID, SIGKILL)
        #expect(eventually(within: 4) { writer.isFree })
        #expect(throws: KeeperError.self) { try volume.keeper.prove() }
        #expect(throws: KeeperError.self) { try volume.keeper.resume() }
      }
    }

    @Test func `when the keeper hangs`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        let report = try volume.keeper.pause(within: .milliseconds(300), gated: true)
        #expect(report.outcome == .held)
        kill(volume.keeper.processID, SIGSTOP)
        #expect(eventually(within: 4) { writer.isFree })
        #expect(throws: KeeperError.self) { try volume.keeper.resume() }
      }
    }

    @Test func `when signals for a terminal reach the keeper, it keeps`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        try volume.paused { _ in
          for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP] {
            kill(volume.keeper.processID, signal)
          }
          #expect(writer.states == ["t"])
        }
        #expect(eventually(within: 4) { writer.isFree })
      }
    }

    /// A main process that holds the writers of the folder, says so and waits to be killed.
    static let otherMain = """
      import os, socket, struct, sys, time
      ours, theirs = socket.socketpair()
      if os.fork() == 0:
          parent = os.getppid()
          os.dup2(theirs.fileno(), 3)
          os.closerange(4, 100)
          os.execv(sys.argv[3], ["stillpoint", "--stillpoint-keeper", str(parent)])
      theirs.close()
      def numbers(*values):
          return b"".join(struct.pack("<q", value) for value in values)
      def text(value):
          return numbers(len(value)) + value.encode()
      def ask(message):
          ours.sendall(struct.pack("<I", len(message)) + message)
          length, = struct.unpack("<I", ours.recv(4, socket.MSG_WAITALL))
          return ours.recv(length, socket.MSG_WAITALL)
      ask(numbers(0, 1) + text(sys.argv[1]) + numbers(0, 0))
      ask(numbers(5, 1) + text(sys.argv[4]))
      print(len(ask(numbers(1, 20, 0, 1))), flush=True)
      open(sys.argv[2], "w").close()
      time.sleep(60)
      """

    @Test func `when the main process is killed, and its lock is removed`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        // Outside of the volume: openers there wait while it is held.
        try withTemporaryDirectory { outside in
          let lock = outside.appending("lock").string
          let ready = outside.appending("ready").string
          try Data().write(to: URL(filePath: lock))
          let main = Process()
          main.executableURL = URL(filePath: "/usr/bin/python3")
          main.arguments = [
            "-c", Self.otherMain, volume.folder.string, ready, Program.stillpoint.path.string, lock,
          ]
          try main.run()
          defer {
            kill(main.processIdentifier, SIGKILL)
            main.waitUntilExit()
          }
          #expect(eventually { FileManager.default.fileExists(atPath: ready) })
          let keepers = children(of: main.processIdentifier)
          #expect(keepers.count == 1)
          #expect(writer.states == ["t"])
          kill(main.processIdentifier, SIGKILL)
          #expect(eventually(within: 4) { writer.isFree })
          #expect(eventually(within: 4) { !FileManager.default.fileExists(atPath: lock) })
          #expect(
            eventually(within: 4) {
              keepers.allSatisfy { !FileManager.default.fileExists(atPath: "/proc/\($0)/exe") }
            }
          )
        }
      }
    }

    @Test func `who was stopped by a user stays so`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        kill(writer.processID, SIGSTOP)
        #expect(eventually { writer.states == ["T"] })
        for isGated in [false, true] {
          let (_, proof, _) = try volume.paused(gated: isGated) { report in
            #expect(report.threads == 1)
          }
          #expect(proof.isProven, "\(proof)")
          #expect(eventually { writer.states == ["T"] })
          #expect(threads(of: writer.processID).map(\.tracer) == ["0"])
        }
        kill(writer.processID, SIGCONT)
        #expect(eventually { writer.isFree })
      }
    }

    @Test func `who is stopped by a user during a pause stays so, and who is continued goes on`()
      throws
    {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        try volume.paused { _ in kill(writer.processID, SIGSTOP) }
        #expect(eventually { writer.states == ["T"] })
        #expect(eventually { threads(of: writer.processID).map(\.tracer) == ["0"] })
        try volume.paused { _ in kill(writer.processID, SIGCONT) }
        #expect(eventually { writer.isFree })
        #expect(eventually { writer.isFree })
      }
    }

    @Test func `signals that come during a pause are delivered after it`() throws {
      let script = """
        file = open(folder + "/signals", "wb", buffering=0)
        count = 0
        def note(number, frame):
            global count
            count += 1
            os.pwrite(file.fileno(), bytes([count]), 0)
        signal.signal(signal.SIGUSR1, note)
        ready()
        while True: os.pwrite(file.fileno(), b"x", 1)
        """
      try KeptVolume.with { volume in
        let writer = try Writer(script, in: volume.folder)
        for number in 1...10 {
          // One that arrives while it is being stopped, or just before or after.
          kill(writer.processID, SIGUSR1)
          try volume.paused { _ in }
          #expect(
            try eventually {
              let data = try Data(
                contentsOf: URL(filePath: volume.folder.appending("signals").string)
              )
              return data.first == UInt8(2 * number - 1)
            }
          )
          try volume.paused { _ in kill(writer.processID, SIGUSR1) }
          #expect(
            try eventually {
              let data = try Data(
                contentsOf: URL(filePath: volume.folder.appending("signals").string)
              )
              return data.first == UInt8(2 * number)
            }
          )
        }
      }
    }

    @Test func `who is killed during a pause is gone`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(`A pause`.counting, in: volume.folder)
        // Without the gate a file that is closed counts as one that may have been written to.
        let (_, proof, _) = try volume.paused(gated: true) { _ in
          kill(writer.processID, SIGKILL)
          #expect(eventually { !writer.isRunning })
        }
        #expect(proof.disturbances == [])
        #expect(eventually { !writer.isRunning })
      }
    }

    @Test func `threads that replace their program while others are being stopped`() throws {
      let script = """
        if len(sys.argv) > 3: time.sleep(0)
        file = open(folder + "/replaced", "wb", buffering=0)
        os.set_inheritable(file.fileno(), True)
        def write():
            while True: os.pwrite(file.fileno(), b"x", 0)
        def replace():
            time.sleep(0.02)
            os.execv("/usr/bin/python3", ["python3", "-c", code, folder, sys.argv[2], code])
        code = sys.argv[3] if len(sys.argv) > 3 else open("/proc/self/cmdline").read().split(chr(0))[2]
        for _ in range(8): threading.Thread(target=write).start()
        ready()
        replace()
        """
      try KeptVolume.with { volume in
        let writer = try Writer(script, in: volume.folder)
        for _ in 0..<60 {
          let (_, _, resumed) = try volume.paused(gated: false) { _ in }
          #expect(resumed.paused < .seconds(4))
          #expect(eventually { writer.isFree })
        }
        #expect(writer.isRunning)
      }
    }
  }
}
