import Machine
import Pausing
import Snapshotting

/// Is the keeper, and never returns, when the program was started as one; otherwise does nothing.
///
/// Called before anything else: no thread has been started.
///
/// - Parameter arguments: The command line with the program's name.
package func runKeeper(ifAskedBy arguments: [String]) {
  guard arguments.count == 3, arguments[1] == keeperArgument, let main = ProcessID(arguments[2])
  else { return }
  do {
    var keeper = try KeeperProcess.begin(main: main)
    keeper.keep()
    endProcess(status: 0)
  } catch {
    // Nobody reads what we would write; the main process sees that we are gone.
    endProcess(status: 1)
  }
}

/// The private first argument that makes the program a keeper; its number of the main process
/// is the second, and the connection to it is descriptor 3.
let keeperArgument = "--stillpoint-keeper"

/// The keeper itself: one thread that does what it is told until the main process is gone.
struct KeeperProcess: ~Copyable {
  private let channel: SocketChannel
  private let main: ProcessHandle
  private let news: KeepingSignals
  private let pause: WriterPause
  private var undos: [KeeperUndo] = []
  /// Held, so that nobody else's gets their numbers.
  private var namespaces: [UInt64: MountNamespace] = [:]

  private init(
    _ channel: consuming SocketChannel,
    main: consuming ProcessHandle,
    news: consuming KeepingSignals,
    _ pause: WriterPause
  ) {
    self.channel = channel
    self.main = main
    self.news = news
    self.pause = pause
  }

  /// Makes this process the keeper of `main`.
  static func begin(main: ProcessID) throws -> KeeperProcess {
    let channel = SocketChannel(adopting: Descriptor(adopting: 3))
    let handle = try ProcessHandle(main)
    // If it died before we had a handle, its number may be another's by now.
    guard Host.parentProcessID == main else { throw KeeperError(attempt: "keep", cause: nil) }
    let news = try beginKeeping()
    return KeeperProcess(channel, main: handle, news: news, try WriterPause(main: main))
  }

  /// Serves until the main process says that it is done, or is gone.
  mutating func keep() {
    var isConnected = true
    while true {
      let ready = waitUntilReadable(
        [main.raw, isConnected ? channel.raw : -1, news.raw, pause.gateDescriptor],
        timeout: pause.timeLeft
      )
      news.clear()
      pause.attend()
      if ready[0] { return undoAll() }
      guard ready[1] else { continue }
      switch serve() {
      case .goOn: continue
      case .finish: return
      case .disconnect:
        // The main process is ending; what is to be undone is undone when it has ended.
        _ = pause.resume()
        isConnected = false
      }
    }
  }

  private enum Next { case goOn, finish, disconnect }

  /// Does what the main process asks for next.
  ///
  /// It may be killed before the question is read whole, or before the answer is: both fail then.
  private mutating func serve() -> Next {
    do {
      guard let message = try channel.receive() else { return .disconnect }
      let request = try KeeperRequest(decoding: message)
      if request == .finish { return .finish }
      try answer(request)
      return .goOn
    } catch {
      return .disconnect
    }
  }

  private mutating func undoAll() {
    _ = pause.resume()
    for undo in undos.reversed() {
      // What can't be undone now is in the journal, or is a lock that becomes stale.
      switch undo {
      case .release(let record): try? release(record)
      case .unlink(let path): try? LocalFiles.remove(path)
      case .endProcesses(_, let number):
        namespaces.removeValue(forKey: number)?.endProcesses()
      case .removeFolder(let path): removeFolder(path)
      }
    }
    while pause.isActive {
      _ = waitUntilReadable([news.raw], timeout: .milliseconds(100))
      news.clear()
      pause.attend()
    }
  }

  /// Removes a folder in which programs that end with the main process may still be at work.
  private func removeFolder(_ path: FilePath) {
    guard let name = path.lastComponent?.bytes,
      let parent = try? openDirectory(path.removingLastComponent())
    else { return }
    for _ in 0..<50 {
      do throws(SystemCallError) {
        return try LocalFiles.removeTree(FileName(name), in: parent.raw, subject: path)
      } catch {
        if error.errno == .noSuchFileOrDirectory,
          (try? fileMetadata(in: parent.raw, FileName(name), subject: path)) == nil
        {
          return
        }
        _ = StopSignal().wait(for: .milliseconds(100))
      }
    }
  }

  private func release(_ record: FilePath) throws {
    let folder = record.removingLastComponent()
    let journal = Journal(folder: folder)
    _ = try Leftovers(journal: journal, driver: SnapshotDrivers.all(state: folder)).release(
      of: record
    )
  }

  private mutating func answer(_ request: KeeperRequest) throws {
    switch request {
    case .prepare(let targets): try channel.send(prepare(targets).encoded)
    case .pause(let length, let isGated):
      let control = [main.raw, channel.raw]
      let report = pause.pause(
        within: length,
        gated: isGated,
        news: news,
        control: control,
        isCancelled: { waitUntilReadable(control, timeout: .zero).contains(true) }
      )
      try channel.send(KeeperReply.paused(report).encoded)
    case .prove: try channel.send(KeeperReply.proven(pause.prove()).encoded)
    case .resume: try channel.send(KeeperReply.resumed(pause.resume()).encoded)
    case .cancel: _ = pause.resume()
    case .addUndo(let undo): try channel.send(add(undo).encoded)
    case .removeUndo(let undo):
      if let index = undos.lastIndex(of: undo) { undos.remove(at: index) }
      if case .endProcesses(_, let number) = undo { namespaces[number] = nil }
      try channel.send(KeeperReply.done.encoded)
    case .finish: break
    }
  }

  private func prepare(_ targets: PauseTargets) -> KeeperReply {
    do {
      return .prepared(try pause.prepare(targets))
    } catch {
      return .failed("\(error)")
    }
  }

  private mutating func add(_ undo: KeeperUndo) -> KeeperReply {
    if case .endProcesses(let process, let number) = undo {
      do {
        let namespace = try MountNamespace(of: process)
        guard namespace.number == number, !namespace.isOurs else {
          return .failed("the process \(process) has other mounts than it had")
        }
        namespaces[number] = namespace
      } catch {
        return .failed("\(error)")
      }
    }
    undos.append(undo)
    return .done
  }
}
