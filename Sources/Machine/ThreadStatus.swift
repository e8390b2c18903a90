/// What `/proc/PID/task/TID/status` says of a thread.
package struct ThreadStatus: Hashable, Sendable {
  /// At most 15 bytes, as the thread named itself.
  package var name = ""
  /// The letter of its state: R, S, D, T, t, Z, X, I.
  package var state: UInt8 = 0
  /// The process it belongs to.
  package var process: ProcessID = 0
  package var parent: ProcessID = 0
  /// Who traces it; 0 when nobody does.
  package var tracer: ProcessID = 0
  /// How often it gave up or lost the processor: unchanged means that it did not run.
  package var switches: UInt64 = 0

  /// Reads the text of the file.
  package init(parsing text: UnsafeRawBufferPointer) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let key = line[..<colon]
      let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
      if Self.is(key, "Name") {
        name = String(decoding: value, as: UTF8.self)
      } else if Self.is(key, "State") {
        state = value.first ?? 0
      } else if Self.is(key, "Tgid") {
        process = ProcessID(truncatingIfNeeded: Self.number(value))
      } else if Self.is(key, "PPid") {
        parent = ProcessID(truncatingIfNeeded: Self.number(value))
      } else if Self.is(key, "TracerPid") {
        tracer = ProcessID(truncatingIfNeeded: Self.number(value))
      } else if Self.is(key, "voluntary_ctxt_switches")
        || Self.is(key, "nonvoluntary_ctxt_switches")
      {
        switches &+= Self.number(value)
      }
    }
  }

  /// Whether the thread has ended and only its number is left.
  package var isGone: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  private static func `is`(_ key: Slice<UnsafeRawBufferPointer>, _ name: StaticString) -> Bool {
    key.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64 {
    var value: UInt64 = 0
    for byte in digits {
      guard (0x30...0x39).contains(byte) else { break }
      value = value &* 10 &+ UInt64(byte - 0x30)
    }
    return value
  }
}

extension ProcessTable {
  /// Whether this process may look into and trace those of every user (CAP_SYS_PTRACE).
  package var mayTraceEveryone: Bool {
    let capabilities = withText(of: ProcessPath(Host.processID, "status")) { text in
      text.split(separator: UInt8(ascii: "\n"))
        .first { $0.starts(with: "CapEff:\t".utf8) }
        .flatMap { UInt64(String(decoding: $0.dropFirst(8), as: UTF8.self), radix: 16) }
    }
    return (capabilities ?? 0) & 1 << 19 != 0
  }

  /// The state of a thread; nil when there is none.
  package func status(of process: ProcessID, thread: ProcessID) -> ThreadStatus? {
    withText(of: ProcessPath(process, thread: thread, "status")) { ThreadStatus(parsing: $0) }
  }

  /// The state of a process's first thread, or of any thread by its number alone.
  package func status(of process: ProcessID) -> ThreadStatus? {
    withText(of: ProcessPath(process, "status")) { ThreadStatus(parsing: $0) }
  }
}
