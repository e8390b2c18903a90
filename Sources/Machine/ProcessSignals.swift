import Glibc
import Synchronization

/// How this process takes signals: stop requests become an ``Interruption``.
package enum ProcessSignals {
  private static let stop = Interruption()
  private static let statusRequests = Atomic(0)

  /// SIGINT and SIGTERM request an interruption, SIGUSR1 a status line; SIGHUP and SIGPIPE do
  /// nothing.
  ///
  /// SIGHUP must not end us: `restic unlock` sends it to find out whether a lock's owner lives.
  /// Without SIGPIPE a write to a closed pipe fails with EPIPE, and locks can be removed.
  /// Programs that are started get SIGINT, SIGTERM and SIGUSR1 back as they were.
  ///
  /// The corresponding C function is `sigaction`.
  ///
  /// - Returns: What the signals request.
  package static func install() -> Interruption {
    let interruption = stop
    _ = inherited  // As it is before we change anything.
    _ = statusRequests.load(ordering: .relaxed)
    set(SIGINT, requestStop)
    set(SIGTERM, requestStop)
    set(SIGUSR1, requestStatus)
    signal(SIGHUP, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    // Who ignores it is never told how a program ended.
    signal(SIGCHLD, SIG_DFL)
    // Whoever started us may have had them blocked, and threads of ours inherit that.
    var ours = sigset_t()
    sigemptyset(&ours)
    for number in [SIGINT, SIGTERM, SIGUSR1] { sigaddset(&ours, number) }
    pthread_sigmask(SIG_UNBLOCK, &ours, nil)
    return interruption
  }

  /// How signals were taken when this process was started, as far as ``install()`` changes it.
  package static let inherited = InheritedSignals.current()

  /// How often a status line was requested since the last call.
  package static func takeStatusRequests() -> Int {
    statusRequests.exchange(0, ordering: .relaxed)
  }

  // Handlers may only do what is safe at any moment: both store into an atomic that exists.
  private nonisolated static let requestStop: @convention(c) (CInt) -> Void = { _ in
    stop.request()
  }

  private nonisolated static let requestStatus: @convention(c) (CInt) -> Void = { _ in
    statusRequests.add(1, ordering: .relaxed)
  }

  private static func set(_ number: CInt, _ handler: @escaping @convention(c) (CInt) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }
}

/// How a program that is started takes signals.
package struct InheritedSignals: Hashable, Sendable {
  /// Those that are ignored, such as SIGHUP below `nohup`.
  package var ignored: [CInt]
  /// Those that are blocked: bit n - 1 is signal n.
  package var blocked: UInt64

  /// As this process takes them now.
  ///
  /// The corresponding C functions are `sigaction` and `pthread_sigmask`.
  fileprivate static func current() -> InheritedSignals {
    let ignored = [SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGUSR1].filter { number in
      var action = sigaction()
      sigaction(number, nil, &action)
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    }
    var mask = sigset_t()
    sigemptyset(&mask)
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    let blocked = (1...64).filter { sigismember(&mask, CInt($0)) == 1 }
    return InheritedSignals(
      ignored: ignored,
      blocked: blocked.reduce(0) { $0 | 1 << UInt64($1 - 1) }
    )
  }
}
