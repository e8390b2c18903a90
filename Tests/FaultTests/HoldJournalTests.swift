import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `The journal of what is held` {
  @Test func `is written only once everybody was let go`() throws {
    try LoopDevice.with("btrfs") { device in
      let source = device.mountPoint.appending("source")
      let hooks = device.workingDirectory.appending("hooks")
      for folder in [source, hooks] { try LocalFiles.makeDirectory(folder) }
      try LocalFiles.replace(source.appending("file"), with: [1, 2, 3])
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      let state = device.workingDirectory.appending("state")
      let seen = device.workingDirectory.appending("seen")
      for name in ["first", "second"] {
        let script = """
          #!/bin/sh
          [ $1 = thaw ] && grep -h '^hold' '\(state)'/*.run > '\(seen)'-\(name)
          exit 0

          """
        let path = hooks.appending(name)
        try LocalFiles.replace(path, with: Array(script.utf8))
        try LocalFiles.setMode(path, 0o755)
      }
      let outcome = try stillpoint.run(
        arguments: ["backup", "--json", "--force", "--hooks", hooks.string] + Program.patience
          + [source.string]
      )
      #expect(outcome.status == 0, "\(outcome)")
      // The second one is let go before the first.
      for name in ["first", "second"] {
        let note = try LocalFiles.read(FilePath("\(seen)-\(name)"))
        let text = String(decoding: note, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 2, "\(name): \(text)")
      }
      let left = try LocalFiles.names(in: state).filter { $0.text.hasSuffix(".run") }
      #expect(left.isEmpty)
    }
  }
}
