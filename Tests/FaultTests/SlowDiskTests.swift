import Foundation
import Machine
import TestSupport
import Testing

/// Where the kernel can be told to slow a disk down.
private let throttle = "/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device"

@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .enabled("needs the blkio controller") { FileManager.default.fileExists(atPath: throttle) }
)
struct `A disk that is too slow for the longest pause` {
  @Test func `ends in a clear error, with every writer running`() throws {
    try BusyVolume.with { volume in
      let name = volume.device.device.lastComponent?.string ?? ""
      let number = try String(contentsOfFile: "/sys/block/\(name)/dev", encoding: .utf8)
        .trimmingCharacters(in: .newlines)
      try slowDown(number, bytesPerSecond: 1 << 20)
      defer { try? slowDown(number, bytesPerSecond: 0) }
      let outcome = try volume.stillpoint.run(
        "backup",
        "--max-pause",
        "100ms",
        "--require",
        "instant",
        volume.source.string
      )
      #expect(outcome.status == 20, "\(outcome)")
      #expect(outcome.error.contains("--max-pause"))
      #expect(holds(within: 2) { volume.isWriterRunning })
      #expect(try volume.ourSubvolumes().isEmpty)
      #expect(try volume.stillpoint.succeed("snapshots", "--json") == "[]\n")
    }
  }

  private func slowDown(_ device: String, bytesPerSecond: Int) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: throttle))
    try file.write(contentsOf: Data("\(device) \(bytesPerSecond)\n".utf8))
  }
}
