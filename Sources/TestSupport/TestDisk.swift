package import Machine
import Synchronization

/// Whether this is the test machine: by the kernel's command line and by the firmware, neither of
/// which a test can have left on another machine.
package var isTestMachine: Bool {
  func text(_ path: FilePath) -> String {
    String(decoding: (try? readKernelFile(path)) ?? [], as: UTF8.self)
  }
  return text("/proc/cmdline").split { $0.isWhitespace }
    .contains("init=/sbin/stillpoint-test-machine")
    && text("/sys/class/dmi/id/product_name") == "Stillpoint test machine\n"
}

/// An empty disk of the test machine, to be written to as a whole; elsewhere there is none.
package struct TestDisk: Sendable {
  /// Such as `/dev/vdb`.
  package let device: FilePath

  private static let taken = Mutex<Set<FilePath>>([])

  /// Calls `body` with empty disks, and empties them afterwards whatever happens.
  ///
  /// - Parameters:
  ///   - count: How many disks.
  ///   - body: What to do with them; it leaves none of them in use.
  /// - Returns: What `body` returned.
  /// - Throws: ``TestDiskError`` outside the test machine and when too few disks are free, what
  ///   `body` threw, and a ``CommandError`` when a disk is still in use.
  @discardableResult
  package static func with<Value>(
    _ count: Int,
    _ body: ([TestDisk]) throws -> Value
  ) throws -> Value {
    let disks = try take(count)
    return try releasing {
      try body(disks)
    } release: {
      for disk in disks { try disk.empty() }
      taken.withLock { $0.subtract(disks.map(\.device)) }
    }
  }

  private static func take(_ count: Int) throws -> [TestDisk] {
    guard isTestMachine else {
      throw TestDiskError(description: "disks are only written to inside the test machine")
    }
    return try taken.withLock { taken in
      var disks: [TestDisk] = []
      var number = 1
      while disks.count < count {
        let link = FilePath("/dev/disk/by-id/virtio-test-disk-\(number)")
        guard let device = try? realPath(link) else {
          throw TestDiskError(description: "\(count) free test disks are needed")
        }
        if !taken.contains(device) { disks.append(TestDisk(device: device)) }
        number += 1
      }
      taken.formUnion(disks.map(\.device))
      return disks
    }
  }

  /// Makes all of it zeros; refused by the kernel while it is in use.
  private func empty() throws {
    let tools = SystemCommandRunner()
    try tools.run(Command("blkdiscard", device.string))
    try tools.run(Command("blockdev", "--rereadpt", device.string))
    try tools.run(Command("udevadm", "settle"))
  }
}

/// Why no disk was handed out.
package struct TestDiskError: Error, CustomStringConvertible {
  package let description: String
}
