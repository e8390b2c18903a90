import Machine
import Synchronization
import Testing

@Suite struct `A program's output` {
  private func words(_ script: String) -> [[UInt8]] {
    ["/bin/sh", "-c", script].map { Array($0.utf8) }
  }

  /// All that the program writes, and its complaints.
  private func read(_ script: String) throws -> (String, complaints: [String]) {
    let complaints = Collected()
    var output: [UInt8] = []
    try withProgramOutput(of: words(script), onComplaint: { complaints.add($0) }) { stream in
      var buffer = [UInt8](repeating: 0, count: 100)
      while true {
        let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0, Interruption()) }
        if count == 0 { return }
        output += buffer[..<count]
      }
    }
    return (String(decoding: output, as: UTF8.self), complaints.lines)
  }

  private final class Collected: Sendable {
    private let all = Mutex<[String]>([])

    var lines: [String] { all.withLock { $0 } }

    func add(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
  }

  @Test func `is read to its end, and its complaints line by line`() throws {
    let (output, complaints) = try read("seq 1 1000; echo one >&2; printf two >&2; cat")
    #expect(output == (1...1000).map { "\($0)\n" }.joined())
    #expect(complaints == ["one", "two"])
  }

  @Test(arguments: [("exit 3", "ended with status 3"), ("echo x; kill -9 $$", "by signal 9")])
  func `ends with an error when the program does`(script: String, text: String) {
    #expect {
      try read(script)
    } throws: {
      "\($0)".contains(text) && !"\($0)".contains("exit")
    }
  }

  @Test func `of a program that isn't there can't be read`() {
    #expect(throws: CommandError.self) {
      try withProgramOutput(of: [Array("/nowhere/at/all".utf8)], onComplaint: { _ in }) { _ in }
    }
  }

  @Test func `that nobody reads to its end ends with the scope, whoever holds the pipes`() throws {
    // The child holds the pipe for complaints open.
    let script = "sleep 600 & echo $!; sleep 600"
    var child: Int32?
    try withProgramOutput(of: words(script), onComplaint: { _ in }) { stream in
      var buffer = [UInt8](repeating: 0, count: 100)
      let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0, Interruption()) }
      child = Int32(String(decoding: buffer[..<count].dropLast(), as: UTF8.self))
    }
    let id = try #require(child)
    try SystemCommandRunner().run(Command("sh", "-c", "kill \(id)"))
  }
}
