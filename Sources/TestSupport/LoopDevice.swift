package import Machine

/// A file system of its own, in a sparse image on a loop device, mounted while it is used.
package struct LoopDevice: Sendable {
  /// Such as `/dev/loop3`.
  package let device: FilePath
  /// Where it is mounted, read-write.
  package let mountPoint: FilePath
  /// The directory that holds the image and the mount point; anything may be put there.
  package let workingDirectory: FilePath

  /// Calls `body` with a new file system, and takes everything away afterwards whatever happens.
  ///
  /// What is still mounted below the mount point is unmounted too, by force if it is busy.
  ///
  /// - Parameters:
  ///   - type: What `mkfs.TYPE` knows, such as `btrfs`, `ext4` or `xfs`.
  ///   - sizeMiB: Of the sparse image; the least for XFS is 300, for btrfs 109.
  ///   - options: Mount options, separated by commas.
  ///   - body: What to do with it.
  /// - Returns: What `body` returned.
  /// - Throws: What `body` threw, or the ``CommandError`` of a step.
  @discardableResult
  package static func with<Value>(
    _ type: String,
    sizeMiB: Int = 512,
    options: String = "",
    _ body: (LoopDevice) throws -> Value
  ) throws -> Value {
    try withTemporaryDirectory { directory in
      let tools = SystemCommandRunner()
      let image = directory.appending("image").string
      let mountPoint = directory.appending("mnt")
      try tools.run(Command("truncate", "-s", "\(sizeMiB)M", image))
      try tools.run(Command("mkdir", mountPoint.string))
      let device = try tools.text(of: Command("losetup", "--find", "--show", image))
      return try releasing {
        try tools.run(Command("mkfs.\(type)", device))
        try tools.run(
          Command(
            "mount",
            arguments: ["-o", options.isEmpty ? "rw" : options, device]
              + [mountPoint.string]
          )
        )
        return try releasing {
          try body(
            LoopDevice(
              device: FilePath(device),
              mountPoint: mountPoint,
              workingDirectory: directory
            )
          )
        } release: {
          try unmountAll(below: directory)
        }
      } release: {
        try tools.run(Command("losetup", "--detach", device))
      }
    }
  }

  private static func unmountAll(below directory: FilePath) throws {
    let tools = SystemCommandRunner()
    let mounts = try tools.text(of: Command("findmnt", "-rno", "TARGET"))
    // The newest come last in the table; odd names in it are escaped as \xNN.
    let targets = mounts.split(separator: "\n").filter {
      $0.hasPrefix(directory.string + "/")
    }
    for target in targets.reversed() {
      let path = unescape(target)
      do {
        try tools.run(Command("umount", path))
      } catch {
        try tools.run(Command("umount", "--lazy", path))
      }
    }
  }

  private static func unescape(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x") {
        let digits = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
        bytes.append(UInt8(digits, radix: 16) ?? UInt8(ascii: "?"))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
