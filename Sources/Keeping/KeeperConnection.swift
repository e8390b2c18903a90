import Machine
import Pausing

/// Why the keeper gave no answer.
enum KeeperSilence: Error, Hashable, CustomStringConvertible {
  case gone
  case hung
  case refused(String)

  var description: String {
    switch self {
    case .gone: "the keeper has ended; everybody runs again"
    case .hung: "the keeper didn't answer and was ended; everybody runs again"
    case .refused(let reason): reason
    }
  }
}

/// The process that keeps, and the line to it.
struct KeeperConnection: ~Copyable, Sendable {
  let process: ProcessID
  private let handle: ProcessHandle
  private let channel: SocketChannel
  private var isOpen = true

  private init(
    process: ProcessID,
    handle: consuming ProcessHandle,
    channel: consuming SocketChannel
  ) {
    self.process = process
    self.handle = handle
    self.channel = channel
  }

  /// Starts the keeper.
  ///
  /// - Throws: ``KeeperError``.
  static func start(_ executable: FilePath) throws -> KeeperConnection {
    do {
      let arguments = ["stillpoint", keeperArgument, "\(Host.processID)"]
      return try SocketChannel.withPair { channel, theirs in
        let process = try spawnKeeper(executable, arguments: arguments, passing: theirs)
        let handle = try ProcessHandle(process)
        return KeeperConnection(process: process, handle: handle, channel: channel)
      }
    } catch {
      throw KeeperError(attempt: "start the keeper", cause: error)
    }
  }

  /// Asks, and waits for the answer at most for `patience`.
  mutating func exchange(
    _ request: KeeperRequest,
    patience: Duration,
    _ interruption: Interruption?
  ) throws -> KeeperReply {
    guard isOpen else { throw KeeperSilence.gone }
    do {
      try channel.send(request.encoded)
    } catch {
      throw end(.gone)
    }
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: patience)
    var isCancelled = false
    while !waitUntilReadable([channel.raw], timeout: .milliseconds(20))[0] {
      if !isCancelled, interruption?.isRequested ?? false {
        isCancelled = true
        try? channel.send(KeeperRequest.cancel.encoded)  // Gone: the next receive says so.
      }
      if clock.now > end { throw self.end(.hung) }
    }
    guard let message = try? channel.receive() else { throw self.end(.gone) }
    switch try KeeperReply(decoding: message) {
    case .failed(let reason): throw KeeperSilence.refused(reason)
    case .paused(var report) where isCancelled:
      report.outcome = .cancelled
      return .paused(report)
    case let reply: return reply
    }
  }

  /// Ends the keeper.
  mutating func finish() {
    guard isOpen else { return }
    try? channel.send(KeeperRequest.finish.encoded)  // Gone already: that is what we want.
    _ = end(.gone)
  }

  private mutating func end(_ silence: KeeperSilence) -> KeeperSilence {
    isOpen = false
    let hasEnded = silence == .gone && waitUntilReadable([handle.raw], timeout: .seconds(5))[0]
    if !hasEnded { handle.kill() }
    reap(process)
    return silence
  }
}
