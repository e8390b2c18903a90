import Machine
import TestSupport
import Testing

@Suite(.requiresRoot) struct `A confined program` {
  /// What a shell script says in its cage.
  private func said(_ script: String) throws -> String {
    try withTemporaryDirectory { folder in
      let output = folder.appending("said")
      var program = try ConfinedProgram.start(
        Command("/bin/sh", "-c", script),
        Confinement(folder: folder, user: nil, output: output)
      )
      #expect(program.wait(atMost: .seconds(60)) == 0)
      return String(decoding: try LocalFiles.read(output), as: UTF8.self)
    }
  }

  @Test func `writes to its folder only`() throws {
    let place = "/var/tmp/stillpoint-test-\(Host.processID)"
    let text = try said("echo a > here && cat here; echo b > \(place) || echo refused")
    #expect(text.hasPrefix("a\n") && text.hasSuffix("refused\n"), "\(text)")
    #expect(throws: SystemCallError.self) { try fileMetadata(of: FilePath(place)) }
  }

  @Test func `sees no process but its own`() throws {
    let text = try said("echo /proc/[0-9]*; ls /proc/\(Host.processID)/root/ || echo none")
    #expect(text.hasPrefix("/proc/1\n") && text.hasSuffix("none\n"), "\(text)")
  }
}
