import Foundation
import Machine
import TestSupport
import Testing

@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "mkfs.xfs"),
  .requires(tool: "python3")
)
struct `Copies of one busy file` {
  /// How many of each of two files: `$STILLPOINT_TORTURE_RUNS`, else 5.
  private static let count =
    ProcessInfo.processInfo.environment["STILLPOINT_TORTURE_RUNS"].flatMap { Int($0) } ?? 5

  /// What `clone --json` says.
  private struct Message: Decodable {
    var method: String
    var grade: String
    var pause_ms: Double?
  }

  @Test(arguments: [
    ("btrfs", ["clone", "clone+copy"]), ("xfs", ["clone", "clone+copy"]),
    ("ext4", ["pause", "pause"]),
  ])
  func `are whole, and plain copies are torn`(type: String, methods: [String]) throws {
    try LoopDevice.with(type, sizeMiB: 1024) { device in
      let source = device.mountPoint.appending("source")
      let folders = [device.mountPoint, device.workingDirectory].map { $0.appending("copy") }
      var messages: [Message] = []
      var torn: [[String]] = []
      var isPlainTorn = false
      for kind in [WriterKind.blocks, .mapped] {
        let writer = try TortureWriter(kind, below: source, inNamespaces: false)
        let name = FilePath(kind.rawValue).appending(kind.rawValue)
        for folder in folders { try makeDirectories(folder.appending(kind.rawValue)) }
        for number in 0..<Self.count {
          let folder = folders[number % 2]
          let message = try clone(
            source.appending(name.components),
            folder.appending(name.components)
          )
          #expect(message.method == methods[number % 2])
          #expect(message.grade == "file")
          messages.append(message)
          let found = try violations(of: kind, in: folder)
          if !found.isEmpty { torn.append(found) }
        }
        for _ in 0..<Self.count where !isPlainTorn {
          try Program("/bin/cp").succeed(
            "--reflink=never",
            source.appending(name.components).string,
            folders[1].appending(name.components).string
          )
          isPlainTorn = try !violations(of: kind, in: folders[1]).isEmpty
        }
        try #require(writer.isRunning)
      }
      print(report(type, messages, torn: torn.count))
      #expect(torn == [])
      #expect(isPlainTorn)
    }
  }

  private func clone(_ from: FilePath, _ to: FilePath) throws -> Message {
    let output = try Program.stillpoint.succeed(
      "clone",
      "--json",
      "--force",
      from.string,
      to.string
    )
    return try JSONDecoder().decode(Message.self, from: Data(output.utf8))
  }

  private func report(_ type: String, _ messages: [Message], torn: Int) -> String {
    let pauses = messages.compactMap(\.pause_ms).sorted()
    let held =
      pauses.isEmpty
      ? "nobody held"
      : String(
        format: "pause median %.0f ms, longest %.0f ms",
        pauses[pauses.count / 2],
        pauses[pauses.count - 1]
      )
    return "torture, clone on \(type): \(messages.count - torn) of \(messages.count) whole; \(held)"
  }
}
