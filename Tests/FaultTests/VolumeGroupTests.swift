import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresTestMachine)
struct `A backup of logical volumes` {
  private let tools = SystemCommandRunner()

  private func program(_ group: TestVolumeGroup) throws -> Program {
    var stillpoint = Program.stillpoint
    stillpoint.environment = [
      "STILLPOINT_REPOSITORY": group.workingDirectory.appending("repository").string,
      "STILLPOINT_PASSWORD": "volume test",
      "STILLPOINT_STATE_DIR": group.workingDirectory.appending("state").string,
      "STILLPOINT_CACHE_DIR": group.workingDirectory.appending("cache").string,
    ]
    try stillpoint.succeed("init")
    return stillpoint
  }

  private func write(_ mebibytes: Int, _ name: String = "random", below folder: FilePath) throws {
    let file = folder.appending(name).string
    let arguments = ["if=/dev/urandom", "of=\(file)", "bs=1M", "count=\(mebibytes)", "conv=fsync"]
    try tools.run(Command("dd", arguments: arguments))
  }

  private func backUpAsInstant(_ source: FilePath, _ stillpoint: Program) throws -> String {
    try stillpoint.succeed("backup", "--json", "--require", "instant", source.string)
  }

  /// Whether the volume snapshot is mounted and in the journal with its uuid: what happens to it
  /// before is only a reason to read live.
  private func isIdentified(_ group: TestVolumeGroup) throws -> Bool {
    guard let taken = try group.volumes().first(where: { !$0.tags.isEmpty }) else { return false }
    let folder = group.workingDirectory.appending("state").string
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".run") }.contains { name in
      let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      return text?.contains(taken.uuid) ?? false
    }
  }

  private func expectNothingLeft(_ group: TestVolumeGroup, _ comment: Comment? = nil) throws {
    #expect(try group.ourSnapshots() == [], comment)
    #expect(group.suspendedDevices() == [], comment)
  }

  @Test func `is whole, of one instant without a pause, and leaves nothing`() throws {
    try TestVolumeGroup.with { group in
      let source = try group.create("data", "xfs", sizeMiB: 400)
      let stillpoint = try program(group)
      try write(2, below: source)
      let planned = try stillpoint.succeed("plan", source.string)
      #expect(planned.contains("is xfs on \(group.name)/data on /dev/"))
      #expect(planned.contains("MiB of the volume group"))
      let text = try backUpAsInstant(source, stillpoint)
      #expect(!text.contains("pause_ms"))
      try expectNothingLeft(group)
      let again = try stillpoint.succeed("backup", "--json", "--skip-if-unchanged", source.string)
      #expect(!again.contains("snapshot_id"))
      // Not before: it changes a directory above the source.
      let target = group.workingDirectory.appending("restored").string
      try stillpoint.succeed("restore", "latest:\(source)", "--target", target)
      try tools.run(Command("diff", "-r", source.string, target))
    }
  }

  @Test func `is of one instant by hot copies when LVM takes no volume snapshot`() throws {
    try TestVolumeGroup.with { group in
      let source = try group.create("data", "ext4", sizeMiB: 400)
      var stillpoint = try program(group)
      try write(2, below: source)
      let broken = group.workingDirectory.appending("bin")
      try tools.run(Command("mkdir", broken.string))
      try tools.run(Command("ln", "-s", "/bin/false", broken.appending("lvcreate").string))
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      stillpoint.environment["PATH"] = "\(broken):\(path)"
      let text = try backUpAsInstant(source, stillpoint)
      #expect(text.contains("pause_ms"))
      try expectNothingLeft(group)
    }
  }

  @Test func `has one that is mounted inside a btrfs subvolume`() throws {
    try LoopDevice.with("btrfs") { loop in
      let home = loop.mountPoint.appending("home")
      try tools.run(Command("btrfs", "-q", "subvolume", "create", home.string))
      try TestVolumeGroup.with { group in
        let place = home.appending("mail")
        _ = try group.create("mail", "ext4", sizeMiB: 400, at: place)
        try write(1, below: home)
        try write(1, below: place)
        let stillpoint = try program(group)
        let planned = try stillpoint.succeed("plan", "--json", home.string)
        #expect(planned.contains("\"path\":\"\(place)\",\"mechanism\":\"lvm\""))
        let options = ["--json", "--require", "instant", "--max-pause", "60s", home.string]
        let text = try stillpoint.run(arguments: ["backup"] + options)
        #expect(text.status == 0, "\(text)")
        #expect(text.output.contains("pause_ms"))
        let target = group.workingDirectory.appending("restored").string
        try stillpoint.succeed("restore", "latest:\(home)", "--target", target)
        try tools.run(Command("diff", "-r", home.string, target))
        try expectNothingLeft(group)
      }
    }
  }

  // MARK: Overflowing

  @Test func `whose volume snapshot fills up is extended`() throws {
    try TestVolumeGroup.with { group in
      let source = try group.create("data", "ext4", sizeMiB: 600)
      try write(1, "kept", below: source)
      let stillpoint = try program(group)
      let flag = group.workingDirectory.appending("flag")
      let run = try stillpoint.start([
        "run", "--source", source.string, "--require", "instant", "--", "/bin/sh", "-c",
        "until [ -e '\(flag)' ]; do sleep 0.1; done; sha256sum '\(source)/kept'",
      ])
      #expect(holds(within: 60) { ((try? group.ourSnapshots()) ?? []).count == 1 })
      func size() throws -> UInt64 {
        try group.volumes().first { !$0.tags.isEmpty }?.sizeBytes ?? 0
      }
      let begin = try size()
      for number in 0..<Int(begin >> 20) / 24 where try size() == begin {
        try write(24, "more-\(number)", below: source)
        usleep(3_000_000)
      }
      #expect(try size() > begin)
      try write(0, "done", below: source)
      try tools.run(Command("touch", flag.string))
      let outcome = run.wait()
      #expect(outcome.status == 0, "\(outcome)")
      let sum = try tools.text(of: Command("sha256sum", source.appending("kept").string))
      #expect(outcome.output.contains(sum))
      try expectNothingLeft(group)
    }
  }

  @Test func `whose volume snapshot overflows ends with 21 and saves nothing`() throws {
    // Nothing is left to extend it by.
    try TestVolumeGroup.with(sizeMiB: 680) { group in
      let source = try group.create("data", "ext4", sizeMiB: 600)
      try write(100, below: source)
      let stillpoint = try program(group)
      let backup = try stillpoint.start(["backup", source.string])
      #expect(try holds(within: 120) { try isIdentified(group) })
      kill(backup.processID, SIGSTOP)
      try write(120, "more", below: source)
      #expect(try group.volumes().contains { $0.isInvalid })
      kill(backup.processID, SIGCONT)
      let outcome = backup.wait()
      #expect(outcome.status == 21, "\(outcome)")
      #expect(try stillpoint.succeed("snapshots", "--json") == "[]\n")
      try expectNothingLeft(group)
    }
  }

  @Test func `in a thin pool near its limit, or without room, is refused beforehand`() throws {
    try TestVolumeGroup.with(sizeMiB: 680) { group in
      try group.createPool("pool", sizeMiB: 200)
      let thin = try group.create("thin", "ext4", sizeMiB: 400, inPool: "pool")
      let thick = try group.create("thick", "ext4", sizeMiB: 440)
      try write(160, below: thin)
      let stillpoint = try program(group)
      for (source, reason) in [(thin, "thin pool \(group.name)/pool is"), (thick, "free")] {
        let required = try stillpoint.run("backup", "--snapshot-policy", "required", source.string)
        #expect(required.status == 1, "\(required)")
        #expect(required.error.contains(reason), "\(required)")
        let plan = try stillpoint.succeed("plan", source.string)
        #expect(plan.contains(reason), "\(plan)")
      }
      #expect(try stillpoint.succeed("snapshots", "--json") == "[]\n")
      let found = try stillpoint.run("doctor")
      #expect(found.output.contains("crowded: the thin pool \(group.name)/pool is"))
      #expect(found.output.contains("crowded: \(thick) can't be snapshotted: its volume group"))
      // Nobody writes there, so that it needs no volume snapshot to be of one instant.
      try stillpoint.succeed("backup", "--require", "instant", thin.string)
      try expectNothingLeft(group)
    }
  }

  // MARK: Others

  @Test func `whose volume snapshot is taken over by others ends with 21`() throws {
    try TestVolumeGroup.with { group in
      let source = try group.create("data", "ext4", sizeMiB: 400)
      try write(60, below: source)
      let stillpoint = try program(group)
      let backup = try stillpoint.start(["backup", source.string])
      #expect(try holds(within: 120) { try isIdentified(group) })
      kill(backup.processID, SIGSTOP)
      let taken = try #require(try group.volumes().first { !$0.tags.isEmpty })
      let tag = try #require(taken.tags.first)
      try tools.run(Command("lvchange", "-q", "--deltag", tag, taken.path))
      kill(backup.processID, SIGCONT)
      let outcome = backup.wait()
      #expect(outcome.status == 21, "\(outcome)")
      #expect(try stillpoint.succeed("snapshots", "--json") == "[]\n")
      // It isn't ours any more, so it stays.
      #expect(try group.volumes().contains { $0.uuid == taken.uuid })
    }
  }

  @Test func `leaves what isn't known alone, and says so`() throws {
    try TestVolumeGroup.with { group in
      _ = try group.create("data", "ext4", sizeMiB: 400)
      let tag = "stillpoint_0123456789abcdef0123456789abcdef"
      let create = ["-qys", "-l", "4", "--addtag", tag, "-n", "theirs", "\(group.name)/data"]
      try tools.run(Command("lvcreate", arguments: create))
      let stillpoint = try program(group)
      let found = try stillpoint.run("doctor", "--repair")
      #expect(found.output.contains("foreign: \(group.name)/theirs has the tag \(tag)"))
      #expect(try group.ourSnapshots() == ["theirs"])
    }
  }
}
