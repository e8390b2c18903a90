import Foundation
import Keeping
import Machine
import Pausing
import TestSupport
import Testing

extension Pauses {
  @Suite struct `A pause` {
    /// Counts in the first bytes of a file.
    static let counting = """
      file = open(folder + "/count", "wb", buffering=0)
      number = 0
      ready()
      while True:
          number += 1
          os.pwrite(file.fileno(), number.to_bytes(8, "little"), 0)
      """

    private func count(_ volume: KeptVolume) throws -> Data {
      try Data(contentsOf: URL(filePath: volume.folder.appending("count").string))
    }

    @Test func `stops a writer and lets it go on`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(Self.counting, in: volume.folder)
        var before = Data()
        let (report, proof, resumed) = try volume.paused { report in
          #expect(report.processes == 1)
          #expect(report.threads == 1)
          #expect(writer.states == ["t"])
          before = try count(volume)
          #expect(try count(volume) == before)
        }
        #expect(proof.isProven, "\(proof)")
        #expect(report.unpausable == [])
        #expect(resumed.paused > .zero)
        #expect(!resumed.wasLate)
        #expect(eventually { writer.isFree })
        #expect(try eventually { try count(volume) != before })
      }
    }

    @Test func `stops two hundred threads`() throws {
      let script = """
        go = threading.Event()
        def work(number):
            file = os.open(f"{folder}/thread-{number}", os.O_RDWR | os.O_CREAT)
            go.wait()
            while True:
                os.pwrite(file, b"x" * 512, 0)
        for number in range(200):
            threading.Thread(target=work, args=[number]).start()
        ready()
        go.set()
        """
      try KeptVolume.with { volume in
        let writer = try Writer(script, in: volume.folder)
        for _ in 0..<5 {
          let (_, proof, _) = try volume.paused { report in
            #expect(report.threads == 201)
            #expect(writer.states.count == 201)
          }
          #expect(proof.isProven, "\(proof)")
          #expect(eventually { writer.isFree })
        }
      }
    }

    @Test(.requires(tool: "unshare"))
    func `finds a writer in other mount and process namespaces`() throws {
      try KeptVolume.with { volume in
        let wrapper = ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child"]
        let writer = try Writer(Self.counting, in: volume.folder, through: wrapper)
        let (_, proof, _) = try volume.paused { report in
          #expect(report.processes == 1)
          #expect(writer.states.contains("t"))
        }
        #expect(proof.isProven, "\(proof)")
        #expect(eventually { writer.isFree })
      }
    }

    @Test(arguments: [
      "while True: subprocess.run(['cp', '/bin/true', folder + '/copy'])",
      "while True: os.spawnlp(os.P_WAIT, 'cp', 'cp', '/bin/true', folder + '/copy')",
      """
      while True:
          with open(folder + "/inherited", "wb") as file:
              subprocess.run(["echo", "x"], stdout=file)
      """,
    ])
    func `is proven behind the gate while short-lived programs write`(script: String) throws {
      try KeptVolume.with { volume in
        let writer = try Writer("ready()\n" + script, in: volume.folder)
        for _ in 0..<20 {
          let (_, proof, _) = try volume.paused(gated: true) { _ in }
          #expect(proof.isProven, "\(proof)")
        }
        #expect(writer.isRunning)
        #expect(eventually { writer.isFree })
        #expect(
          eventually { !FileManager.default.fileExists(atPath: "/proc/\(writer.processID)/x") }
        )
      }
    }

    @Test func `counts a parent that waits in vfork for its held child`() throws {
      let script = """
        libc = ctypes.CDLL(None)
        file = open(folder + "/parent", "wb", buffering=0)
        ready()
        while True:
            subprocess.run(["sh", "-c", "echo x; :"], stdout=file)
        """
      try KeptVolume.with { volume in
        let writer = try Writer(script, in: volume.folder)
        for _ in 0..<20 {
          let (report, proof, _) = try volume.paused { _ in }
          #expect(proof.isProven, "\(proof)")
          #expect(report.stopping < .seconds(4))
          #expect(eventually { writer.isFree })
        }
      }
    }

    @Test func `finds a writer that only has the file mapped`() throws {
      let script = """
        file = open(folder + "/mapped", "w+b")
        file.truncate(4096)
        memory = mmap.mmap(file.fileno(), 4096)
        file.close()
        ready()
        number = 0
        while True:
            number += 1
            memory[:8] = number.to_bytes(8, "little")
        """
      try KeptVolume.with { volume in
        // Python's mmap keeps a duplicate of the descriptor, so the C function is called.
        let mapping = script.replacingOccurrences(
          of: "memory = mmap.mmap(file.fileno(), 4096)",
          with: """
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mmap.restype = ctypes.c_void_p
            address = libc.mmap(None, 4096, 3, 1, file.fileno(), 0)
            memory = (ctypes.c_char * 4096).from_address(address)
            """
        ).replacingOccurrences(of: "memory[:8]", with: "memory[0:8]")
        let writer = try Writer(mapping, in: volume.folder)
        let (_, proof, _) = try volume.paused { report in
          #expect(report.processes == 1)
          #expect(writer.states == ["t"])
        }
        #expect(proof.isProven, "\(proof)")
        #expect(eventually { writer.isFree })
      }
    }

    @Test func `leaves alone who only reads or only names a file`() throws {
      let script = """
        open(folder + "/file", "w").close()
        reading = os.open(folder + "/file", os.O_RDONLY)
        naming = os.open(folder + "/file", os.O_PATH)
        listing = os.open(folder, os.O_RDONLY)
        ready()
        while True: time.sleep(0.01)
        """
      try KeptVolume.with { volume in
        let reader = try Writer(script, in: volume.folder)
        let (report, proof, resumed) = try volume.paused { report in
          #expect(reader.isFree)
        }
        #expect(report.processes == 0)
        #expect(proof.isProven, "\(proof)")
        #expect(resumed.paused < .seconds(4))
      }
    }

    @Test func `is given up at the deadline`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(Self.counting, in: volume.folder)
        let report = try volume.keeper.pause(within: .milliseconds(100), gated: true)
        #expect(report.outcome == .held)
        #expect(eventually(within: 4) { writer.isFree })
        let proof = try volume.keeper.prove()
        #expect(proof.isLate)
        #expect(!proof.isProven)
        let resumed = try volume.keeper.resume()
        #expect(resumed.wasLate)
        #expect(resumed.paused >= .milliseconds(100))
      }
    }

    @Test func `can be cancelled`() throws {
      try KeptVolume.with { volume in
        let writer = try Writer(Self.counting, in: volume.folder)
        let interruption = Interruption()
        interruption.request()
        let report = try volume.keeper.pause(
          within: .seconds(5),
          gated: false,
          interruption: interruption
        )
        #expect([.cancelled, .held].contains(report.outcome))
        try volume.keeper.resume()
        #expect(eventually(within: 4) { writer.isFree })
      }
    }

    @Test func `is disturbed by who opens a file during it`() throws {
      try KeptVolume.with { volume in
        let script = """
          ready()
          while True:
              with open(folder + "/now-and-then", "wb") as file: file.write(b"x")
              time.sleep(0.001)
          """
        let writer = try Writer(script, in: volume.folder)
        var wasDisturbed = false
        for _ in 0..<20 where !wasDisturbed {
          let (_, proof, _) = try volume.paused { report in
            if report.processes == 0 { usleep(20_000) }
          }
          wasDisturbed = proof.disturbances.contains { $0.contains("(pid \(writer.processID))") }
        }
        #expect(wasDisturbed)
      }
    }
  }
}
