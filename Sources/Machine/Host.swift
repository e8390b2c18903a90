import Glibc

/// What this machine and this process are called.
package enum Host {
  /// The corresponding C function is `gethostname`.
  package static var name: String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let result = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { gethostname($0, text.count - 1) } ?? -1
      }
    }
    return result == 0 ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : ""
  }

  /// The name of the user whose rights this process has; the number where there is no name.
  ///
  /// The corresponding C function is `getpwuid_r`.
  package static var userName: String {
    let id = geteuid()
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    let result = getpwuid_r(id, &entry, &buffer, buffer.count, &found)
    guard result == 0, found != nil, let name = entry.pw_name else { return String(id) }
    return String(cString: name)
  }

  /// The corresponding C function is `geteuid`.
  package static var userID: UInt32 { geteuid() }

  /// The corresponding C function is `getegid`.
  package static var groupID: UInt32 { getegid() }

  /// The corresponding C function is `getpid`.
  package static var processID: Int32 { getpid() }

  /// The corresponding C function is `getppid`.
  package static var parentProcessID: Int32 { getppid() }

  /// How many processors are running, at least one.
  ///
  /// The corresponding C function is `sysconf`.
  package static var processorCount: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

  /// Whether a process has this number now, whoever owns it.
  ///
  /// No signal is sent. The corresponding C function is `kill`.
  package static func processExists(_ id: Int32) -> Bool {
    id > 0 && (kill(id, 0) == 0 || errno == EPERM)
  }

  /// The time of day.
  ///
  /// The corresponding C function is `clock_gettime`.
  package static var now: FileTime {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return FileTime(seconds: Int64(now.tv_sec), nanoseconds: UInt32(now.tv_nsec))
  }
}
