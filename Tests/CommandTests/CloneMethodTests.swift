import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "mkfs.xfs"))
struct `Copying one file while it is written` {
  /// A file, of 4 MiB, that a program writes to all the time, a block after the other.
  private func withBusyFile(
    on type: String,
    size: UInt64 = size,
    script: String = counting,
    _ body: (LoopDevice, FilePath) throws -> Void
  ) throws {
    try LoopDevice.with(type) { device in
      let path = device.mountPoint.appending("busy")
      let writer = try Program("/usr/bin/python3").start(["-c", script, path.string])
      defer {
        kill(writer.processID, SIGKILL)
        _ = writer.wait()
      }
      let end = Date(timeIntervalSinceNow: 20)
      while (try? fileMetadata(of: path).size) != size, Date() < end { usleep(1000) }
      try body(device, path)
    }
  }

  private static let size: UInt64 = 1024 * 4096

  /// Block n mod 1024 holds the number n, whole, until n + 1024 does.
  private static let counting = """
    import itertools, os, sys
    file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, 1024 * 4096)
    for number in itertools.count():
        os.pwrite(file, number.to_bytes(8, "little") * 512, number % 1024 * 4096)
    """

  /// Opens the file for each block.
  private static let reopening = """
    import itertools, os, sys
    for number in itertools.count():
        file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
        if not number: os.ftruncate(file, 1024 * 4096)
        os.pwrite(file, number.to_bytes(8, "little") * 512, number % 1024 * 4096)
        os.close(file)
    """

  /// What the scripts wrote as eight bytes.
  private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func isWhole(_ path: FilePath) throws -> Bool {
    let bytes = try LocalFiles.read(path)
    let numbers = stride(from: 0, to: bytes.count, by: 8).map { offset in
      number(bytes[offset..<offset + 8])
    }
    let blocks = stride(from: 0, to: numbers.count, by: 512).map { numbers[$0..<$0 + 512] }
    guard blocks.allSatisfy({ Set($0).count == 1 }) else { return false }
    let stamps = blocks.map { $0.first ?? 0 }
    guard let newest = stamps.max() else { return false }
    return stamps.enumerated().allSatisfy { place, stamp in
      stamp == (newest < 1024 && place > Int(newest) ? 0 : newest - (newest - UInt64(place)) % 1024)
    }
  }

  private func clone(_ from: FilePath, _ to: FilePath, _ options: String...) throws
    -> [String: Any]
  {
    let outcome = try Program.stillpoint.run(
      arguments: ["clone", "--json", "--force", from.string, to.string] + options
    )
    try #require(outcome.status == 0, "\(outcome)")
    return try #require(try Sandbox.objects(outcome.output).first)
  }

  /// How a copy ends that holds nobody, once the writer writes meanwhile: on a busy machine it may
  /// get no time, and the copy is rightly made.
  private func refusal(
    _ from: FilePath,
    _ to: FilePath,
    isWhole: (FilePath) throws -> Bool
  ) throws -> Program.Outcome {
    func attempt() throws -> Program.Outcome {
      try Program.stillpoint.run("clone", "--no-pause", from.string, to.string)
    }
    var outcome = try attempt()
    for _ in 0..<20 where outcome.status == 0 {
      #expect(try isWhole(to))
      try LocalFiles.remove(to)
      outcome = try attempt()
    }
    return outcome
  }

  @Test(arguments: ["btrfs", "xfs"])
  func `is a clone, or a copy of one on another file system`(type: String) throws {
    try withBusyFile(on: type) { device, path in
      for (folder, method) in [
        (device.mountPoint, "clone"), (device.workingDirectory, "clone+copy"),
      ] {
        let copy = folder.appending("copy")
        for _ in 0..<5 {
          let message = try clone(path, copy)
          #expect(message["method"] as? String == method)
          #expect(message["grade"] as? String == "file")
          #expect(message["pause_ms"] is NSNull)
          #expect(try isWhole(copy))
        }
      }
      let names = try LocalFiles.names(in: device.mountPoint).map(\.text).sorted()
      #expect(names == ["busy", "copy"])
    }
  }

  @Test(arguments: [counting, reopening])
  func `holds the writers where there are no clones`(script: String) throws {
    try withBusyFile(on: "ext4", script: script) { device, path in
      for folder in [device.mountPoint, device.workingDirectory] {
        let copy = folder.appending("copy")
        for _ in 0..<5 {
          let message = try clone(path, copy, "--max-pause", "20s")
          #expect(["pause", "lease"].contains(message["method"] as? String), "\(message)")
          #expect(message["grade"] as? String == "file")
          #expect(try isWhole(copy))
        }
      }
      let held = try clone(path, device.mountPoint.appending("copy"), "--max-pause", "20s")
      if held["method"] as? String == "pause" {
        #expect((held["pause_ms"] as? Double).map { $0 > 0 && $0 < 20_000 } == true)
        // One that comes and goes may be away, and waits at the gate.
        if script == Self.counting { #expect(held["writers_held"] as? Int == 1) }
      }
    }
  }

  @Test func `makes none when nobody may be held, unless it may be torn`() throws {
    try withBusyFile(on: "ext4") { device, path in
      let copy = device.workingDirectory.appending("copy")
      let refused = try refusal(path, copy, isWhole: isWhole)
      #expect(refused.status == 20, "\(refused)")
      #expect(refused.error.contains("it changed each time while it was copied"))
      #expect(refused.error.contains("--require none"))
      #expect(throws: SystemCallError.self) { try fileMetadata(of: copy) }
      var message = try clone(path, copy, "--no-pause", "--require", "none")
      for _ in 0..<20 where message["method"] as? String == "verified" {
        #expect(try isWhole(copy))
        message = try clone(path, copy, "--no-pause", "--require", "none")
      }
      #expect(message["method"] as? String == "unproven")
      #expect(message["grade"] as? String == "none")
      #expect(try fileMetadata(of: copy).size == Self.size)
    }
  }

  @Test func `sees stores to mapped pages that were written to before`() throws {
    // Such stores leave the times as they are, until the pages are written out.
    let script = """
      import mmap, os, sys
      size = 128 << 20
      file = os.open(sys.argv[1] + ".new", os.O_RDWR | os.O_CREAT)
      for _ in range(128): os.write(file, bytes(1 << 20))
      pages = mmap.mmap(file, size)
      number = 0
      while True:
          number += 1
          pages[0:8] = number.to_bytes(8, "little")
          pages[size - 4096:size - 4088] = number.to_bytes(8, "little")
          if number == 1: os.rename(sys.argv[1] + ".new", sys.argv[1])
      """
    try withBusyFile(on: "ext4", size: 128 << 20, script: script) { device, path in
      let copy = device.workingDirectory.appending("copy")
      let outcome = try refusal(path, copy) { copy in
        let first = try number(LocalFiles.read(copy, length: 8)[...])
        let last = try number(LocalFiles.read(copy, offset: 128 << 20 - 4096, length: 8)[...])
        return first == last || first == last + 1
      }
      #expect(outcome.status == 20, "\(outcome)")
    }
  }

  @Test(.requires(tool: "setpriv")) func `works for an ordinary user`() throws {
    try LoopDevice.with("ext4") { device in
      let folder = device.mountPoint.appending("own").string
      try Program("/bin/sh").succeed(
        "-c",
        """
        chmod 755 "$1"; install -m 755 "$2" "$1/stillpoint"
        mkdir "$0"; echo own > "$0/own"; chown -R 12345:12345 "$0"
        echo root > "$0/root"; chmod 4755 "$0/root"
        """,
        folder,
        device.workingDirectory.string,
        Program.stillpoint.path.string
      )
      func run(_ name: String) throws -> [String: Any] {
        let outcome = try Program(#require(findTool("setpriv"))).run(
          "--reuid=12345",
          "--regid=12345",
          "--clear-groups",
          device.workingDirectory.string + "/stillpoint",
          "clone",
          "--json",
          "\(folder)/\(name)",
          "\(folder)/copy of \(name)"
        )
        try #require(outcome.status == 0, "\(outcome)")
        return try #require(try Sandbox.objects(outcome.output).first)
      }
      #expect(try run("own")["method"] as? String == "lease")
      // Leases on files of others need a capability.
      #expect(try run("root")["method"] as? String == "verified")
      let copy = try fileMetadata(of: FilePath("\(folder)/copy of root"))
      #expect(copy.userID == 12345 && copy.mode == 0o100755)
    }
  }

  @Test func `waits no writer out: who comes while it is copied goes on at once`() throws {
    try LoopDevice.with("ext4", sizeMiB: 1024) { device in
      let path = device.mountPoint.appending("file")
      try Program("/bin/sh").succeed("-c", "head -c 300M /dev/zero > \"$0\"", path.string)
      let copy = device.workingDirectory.appending("copy")
      let running = try Program.stillpoint.start(["clone", "--json", path.string, copy.string])
      usleep(50_000)
      let time = try ContinuousClock().measure {
        try Program("/bin/sh").succeed("-c", "echo x >> \"$0\"", path.string)
      }
      #expect(time < .seconds(10))  // A lease would be broken by force after 45.
      let outcome = running.wait()
      #expect(outcome.status == 0, "\(outcome)")
    }
  }
}
