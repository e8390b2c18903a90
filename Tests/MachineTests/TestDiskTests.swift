import Machine
import TestSupport
import Testing

@Suite(.serialized) struct `A test disk` {
  private let tools = SystemCommandRunner()

  @Test(.disabled("is the test machine") { isTestMachine })
  func `isn't handed out outside the test machine`() throws {
    let error = try #require(throws: TestDiskError.self) { try TestDisk.with(1) { _ in } }
    #expect(error.description == "disks are only written to inside the test machine")
  }

  @Test(.requiresTestMachine) func `is empty again after LVM and ZFS`() throws {
    try TestDisk.with(2) { disks in
      let (first, second) = (disks[0].device.string, disks[1].device.string)
      #expect(first != second)
      try tools.run(Command("vgcreate", "--yes", "group", first))
      try tools.run(Command("lvcreate", "--yes", "--size", "64M", "--name", "volume", "group"))
      try tools.run(Command("mkfs.ext4", "/dev/group/volume"))
      try tools.run(Command("vgchange", "--activate", "n", "group"))
      try tools.run(Command("zpool", "create", "-m", "none", "pool", second))
      try tools.run(Command("zpool", "export", "pool"))
    }
    try TestDisk.with(2) { disks in
      for disk in disks {
        let found = try tools.text(of: Command("wipefs", disk.device.string))
        #expect(found == "")
        #expect(try tools.text(of: Command("lsblk", "-rno", "TYPE", disk.device.string)) == "disk")
      }
      #expect(try tools.text(of: Command("vgs", "--noheadings")) == "")
    }
  }

  @Test(.requiresTestMachine) func `isn't given to two at once`() throws {
    try TestDisk.with(1) { first in
      try TestDisk.with(1) { second in #expect(first[0].device != second[0].device) }
    }
    #expect(throws: TestDiskError.self) { try TestDisk.with(100) { _ in } }
  }
}
