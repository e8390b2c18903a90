import Machine

/// The threads that are held by tracing them, from the seizing to the release.
///
/// Nobody stays stopped: the kernel lets all of them go when this process ends.
struct HeldThreads {
  enum Standing: Hashable {
    /// Asked to stop.
    case moving
    /// Stands still; `signal`, unless 0, is delivered when it is released.
    case still(signal: Int32)
    /// Released before it stood still; let go as soon as it does.
    case leaving
  }

  private struct Held {
    var process: ProcessID
    var standing: Standing
  }

  private var threads: [ProcessID: Held] = [:]
  private var isHolding = false
  /// Whether a thread took too long to be seized and has to be tried again.
  var wasInterrupted = false
  private let table: ProcessTable
  private var numbers: [ProcessID] = []

  init(table: ProcessTable) { self.table = table }

  /// Held processes, the leaving ones not among them.
  var processes: Set<ProcessID> {
    Set(threads.values.lazy.filter { $0.standing != .leaving }.map(\.process))
  }

  /// How many threads are held.
  var count: Int { threads.values.count { $0.standing != .leaving } }

  /// The threads that don't stand still yet.
  var moving: [ProcessID] { threads.filter { $0.value.standing == .moving }.map(\.key) }

  /// Whether somebody is still to be let go.
  var isLeaving: Bool { threads.values.contains { $0.standing == .leaving } }

  func process(of thread: ProcessID) -> ProcessID? { threads[thread]?.process }

  /// Whether every thread of `process` is held.
  mutating func holdsAll(of process: ProcessID) -> Bool {
    table.listThreads(of: process, into: &numbers)
    return numbers.allSatisfy { thread in
      threads[thread].map { $0.standing != .leaving }
        ?? table.status(of: process, thread: thread).map(\.isGone) ?? true
    }
  }

  /// Asks one thread to stop; false when it is held already or can't be.
  mutating func seizeOne(_ thread: ProcessID, of process: ProcessID) -> Bool {
    isHolding = true
    return threads[thread] == nil && hold(thread, of: process)
  }

  /// Lets one thread go before the others.
  mutating func release(_ thread: ProcessID) {
    guard case .still(let signal) = threads[thread]?.standing else {
      threads[thread]?.standing = .leaving
      return
    }
    threads[thread] = nil
    try? detach(thread, delivering: signal)  // Killed in between: nothing to release.
  }

  /// Asks every thread of `process` to stop that isn't asked yet.
  ///
  /// - Returns: How many threads are new, and the threads that can't be traced.
  mutating func seizeAll(of process: ProcessID) -> (new: Int, refused: [ProcessID]) {
    isHolding = true
    var new = 0
    var refused: [ProcessID] = []
    var seizedLast = -1
    // A thread that is being made while the list is read is in the next list.
    while new != seizedLast {
      seizedLast = new
      refused = []
      table.listThreads(of: process, into: &numbers)
      for thread in numbers where threads[thread].map({ $0.standing == .leaving }) ?? true {
        if hold(thread, of: process) {
          new += 1
        } else if table.status(of: process, thread: thread).map({ !$0.isGone }) ?? false {
          refused.append(thread)
        }
      }
    }
    return (new, refused)
  }

  private mutating func hold(_ thread: ProcessID, of process: ProcessID) -> Bool {
    do {
      try seize(thread)
    } catch {
      // It may wait in execve until we have taken note of its other threads' end.
      if error == .interrupted {
        wasInterrupted = true
        absorb()
        // Seized all the same, and it stands still already: it would not tell a second time.
        if case .still = threads[thread]?.standing { return true }
      }
      // Ours already: the child of a seized thread, or one that is still leaving.
      guard error != .noSuchProcess,
        table.status(of: process, thread: thread)?.tracer == Host.processID
      else { return false }
    }
    threads[thread] = Held(process: process, standing: .moving)
    try? interrupt(thread)  // Gone in between: the next news says so.
    return true
  }

  /// Takes note of everything that happened to the threads.
  mutating func absorb() {
    while let stop = nextStop() {
      switch stop {
      case .ended(let thread):
        threads[thread] = nil
      case .stopped(let thread, let signal):
        stand(thread, signal: signal)
      case .cloned(let thread, let child):
        stand(thread, signal: 0)
        if isHolding, threads[child] == nil {
          let process = table.status(of: child)?.process ?? child
          threads[child] = Held(process: process, standing: .moving)
        }
      case .executed(let thread, let former):
        let others = threads.filter { $0.value.process == thread && $0.key != thread }
        for other in others.keys { threads[other] = nil }
        threads[former] = nil
        stand(thread, signal: 0)
      }
    }
  }

  private mutating func stand(_ thread: ProcessID, signal: Int32) {
    guard isHolding, threads[thread]?.standing != .leaving else {
      threads[thread] = nil
      try? detach(thread, delivering: signal)  // Gone in between: nothing to release.
      return
    }
    let process = threads[thread]?.process ?? table.status(of: thread)?.process ?? thread
    threads[thread] = Held(process: process, standing: .still(signal: signal))
  }

  /// Forgets threads that ended unnoticed: the kernel is silent about a process's first thread
  /// while others go on.
  mutating func forgetGone() {
    for thread in moving where table.status(of: thread)?.isGone ?? true {
      threads[thread] = nil
    }
  }

  /// Lets everybody go; who doesn't stand still yet goes when ``absorb()`` sees it.
  mutating func release() {
    isHolding = false
    for thread in threads.keys { release(thread) }
    absorb()
  }
}
