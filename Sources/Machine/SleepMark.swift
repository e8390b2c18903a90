/// A value that changes whenever a process runs.
package typealias SleepMark = UInt64

extension ProcessTable {
  /// Looks whether all threads of `process` sleep, and how often they have run.
  ///
  /// Equal marks of two moments show that no thread ran from the one to the other: whoever runs
  /// is switched out afterwards, which the kernel counts. A thread that waits for a disk may be in
  /// the middle of a write and does not count as asleep.
  ///
  /// - Parameters:
  ///   - process: Whose threads.
  ///   - threads: A buffer; afterwards, the threads.
  /// - Returns: Nil while a thread runs or is about to.
  package func sleepMark(of process: ProcessID, threads: inout [ProcessID]) -> SleepMark? {
    listThreads(of: process, into: &threads)
    var mark = SleepMark(threads.count)
    for thread in threads {
      let path = ProcessPath(process, thread: thread, "status")
      guard let switches = withText(of: path, { Self.switchesAsleep($0) }) else { return nil }
      mark = (mark &* 0x9e37_79b9_7f4a_7c15) ^ SleepMark(truncatingIfNeeded: thread)
      mark = (mark &* 0x9e37_79b9_7f4a_7c15) ^ switches
    }
    return mark
  }

  // The file begins with "Name:", "Umask:" and "State:", and ends with the two counts; a line feed
  // in a name is written in another way.
  private static func switchesAsleep(_ text: UnsafeRawBufferPointer) -> UInt64? {
    var index = 0
    while index + 8 < text.count {
      if text[index] == UInt8(ascii: "\n"), text[index + 1] == UInt8(ascii: "S"),
        text[index + 2] == UInt8(ascii: "t")
      {
        break
      }
      index += 1
    }
    guard index + 8 < text.count, "STtIZ".utf8.contains(text[index + 8]) else { return nil }
    var sum: UInt64 = 0
    var found = 0
    var scale: UInt64 = 1
    index = text.count - 2
    while index > 0, found < 2 {
      let byte = text[index]
      if (0x30...0x39).contains(byte) {
        sum &+= UInt64(byte - 0x30) &* scale
        scale = scale &* 10
      } else if byte == UInt8(ascii: "\t") {
        found += 1
      } else if byte == UInt8(ascii: "\n") {
        scale = 1
      }
      index -= 1
    }
    return found == 2 ? sum : nil
  }
}
