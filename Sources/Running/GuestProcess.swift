import Machine

/// The process that becomes the guest, and the line to it until then.
struct GuestProcess: ~Copyable {
  let number: ProcessID
  private let handle: ProcessHandle
  private let channel: SocketChannel
  private var isReaped = false

  private init(
    _ number: ProcessID,
    handle: consuming ProcessHandle,
    channel: consuming SocketChannel
  ) {
    self.number = number
    self.handle = handle
    self.channel = channel
  }

  /// Starts our own program, which is to become the guest.
  ///
  /// - Throws: ``SystemCallError``.
  static func start(_ order: GuestOrder) throws -> GuestProcess {
    try SocketChannel.withPair { channel, theirs in
      let mounts = order.pieces.map(\.mount).filter { $0 >= 0 }
      let number = try spawnGuest(
        "/proc/self/exe",
        arguments: ["stillpoint", guestArgument, "\(theirs)"],
        passing: Set(order.pieces.map(\.directory) + mounts + [theirs]),
        signals: ProcessSignals.inherited
      )
      let handle = try ProcessHandle(number)
      // When it is gone already, the missing reply says so.
      try? channel.send(order.encoded)
      return GuestProcess(number, handle: handle, channel: channel)
    }
  }

  /// Waits for what it answers; nil when it has become the guest, or has ended.
  ///
  /// - Throws: ``SystemCallError``, ``MessageError``.
  borrowing func reply(passing signals: borrowing TakenSignals) throws -> GuestReply? {
    while !waitUntilReadable([channel.raw, signals.raw], timeout: nil)[0] {
      signals.pass(to: handle)
    }
    return try channel.receive().map { try GuestReply(decoding: $0) }
  }

  /// Has it become the guest.
  ///
  /// - Throws: ``SystemCallError`` when it has ended.
  borrowing func goOn() throws { try channel.send([]) }

  /// Waits until it has ended.
  ///
  /// - Returns: Its exit status, or 128 and the signal that ended it.
  mutating func wait(passing signals: borrowing TakenSignals) -> Int32 {
    while !waitUntilReadable([handle.raw, signals.raw], timeout: nil)[0] {
      signals.pass(to: handle)
    }
    isReaped = true
    return reap(number)
  }

  /// Ends it, unless it has been waited for.
  deinit {
    guard !isReaped else { return }
    handle.kill()
    reap(number)
  }
}
