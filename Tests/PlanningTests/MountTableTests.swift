import Machine
import Testing

@Suite struct `The mount table` {
  private func table(_ text: String) -> MountTable { MountTable(parsing: Array(text.utf8)) }

  @Test func `a line is read whole`() throws {
    let line = """
      65 27 0:58 /@home /home rw,relatime shared:3 master:2 - btrfs /dev/sda2 rw,space_cache,subvolid=257
      """
    let mount = try #require(table(line).mounts.first)
    #expect(mount.id == 65)
    #expect(mount.parentID == 27)
    #expect(mount.device == 58)
    #expect(mount.root == "/@home")
    #expect(mount.mountPoint == "/home")
    #expect(mount.type == "btrfs")
    #expect(mount.source == "/dev/sda2")
    #expect(mount.superOptions == ["rw", "space_cache", "subvolid=257"])
    #expect(!mount.isReadOnly && !mount.isFileSystemReadOnly)
  }

  @Test func `names are bytes behind octal escapes`() throws {
    var line = Array("30 1 8:1 / /a\\040b\\011c\\012d\\134e".utf8)
    line += [0xff]
    line += Array(" rw - ext4 /dev/x ro".utf8)
    let mount = try #require(MountTable(parsing: line).mounts.first)
    #expect(mount.mountPoint.bytes == Array("/a b\tc\nd\\e".utf8) + [0xff])
    #expect(mount.isFileSystemReadOnly)
  }

  @Test func `a directory that was removed isn't one that is called deleted`() {
    let mounts = table(
      """
      1 0 8:1 /gone//deleted /gone rw - zfs tank rw
      2 0 8:1 /my/deleted /deleted rw - zfs tank rw
      """
    ).mounts
    #expect(mounts.map(\.isRootRemoved) == [true, false])
  }

  @Test func `lines that aren't understood are passed over`() {
    #expect(table("nonsense\n1 2 3\n\n").mounts.isEmpty)
  }

  @Test func `only the top of stacked mounts counts`() {
    let mounts = table(
      """
      1 0 8:1 / / rw - ext4 /dev/a rw
      2 1 8:2 / /data rw - ext4 /dev/b rw
      3 2 8:3 / /data/in rw - ext4 /dev/c rw
      4 2 8:4 / /data rw - xfs /dev/d rw
      """
    ).visible()
    #expect(mounts.map(\.id) == [1, 4])
  }

  @Test func `a mount over a folder hides the mounts below it`() {
    let mounts = table(
      """
      1 0 8:1 / / rw - ext4 /dev/a rw
      2 1 8:2 / /a/b rw - ext4 /dev/b rw
      3 1 8:3 / /a rw - ext4 /dev/c rw
      4 1 8:4 / /ab rw - ext4 /dev/d rw
      """
    ).visible()
    #expect(mounts.map(\.id) == [1, 3, 4])
  }

  @Test func `without a root in the table, what is there counts`() {
    let mounts = table(
      """
      2 1 8:2 / /data rw - ext4 /dev/b rw
      3 1 0:5 / /proc rw - proc proc rw
      """
    ).visible()
    #expect(mounts.map(\.id) == [2, 3])
  }
}
