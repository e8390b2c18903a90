import Machine
import Running
import Testing

@Suite struct `What is said to a guest` {
  @Test func `arrives as it was said`() throws {
    let order = GuestOrder(
      main: 12,
      pieces: [
        .init(path: "/a", directory: 5, entry: nil, mount: 4, isSource: true),
        .init(
          path: "/a/b",
          directory: 7,
          entry: FileName([0xff, 0x20]),
          mount: -1,
          isSource: false
        ),
      ],
      live: ["/proc"],
      kept: ["/a/repo", "/a/cache"],
      workingDirectory: "/a",
      environment: ["A": "1", "B": ""],
      ignoredSignals: [1, 13],
      descriptorLimit: 333,
      words: [Array("tar".utf8), [], [0xfe]]
    )
    #expect(try GuestOrder(decoding: order.encoded) == order)
  }

  @Test func `is refused when it is cut short`() throws {
    let bytes = GuestReply.notMounted("because").encoded
    #expect(try GuestReply(decoding: bytes) == .notMounted("because"))
    #expect(throws: MessageError.self) { try GuestReply(decoding: Array(bytes.dropLast())) }
    #expect(
      try GuestReply(decoding: GuestReply.notExecuted(.noSuchFileOrDirectory).encoded)
        == .notExecuted(.noSuchFileOrDirectory)
    )
  }
}
