import Glibc

/// Whether this process acts as root.
package var isRoot: Bool { geteuid() == 0 }

/// The user this process acts as.
package var effectiveUserID: UInt32 { geteuid() }

/// Whether this process may mount and administrate file systems of the whole machine.
///
/// Root in a container mostly may not. See `capabilities(7)`, `CAP_SYS_ADMIN`.
package var mayAdministrate: Bool {
  guard let status = try? readKernelFile("/proc/self/status"),
    let users = try? readKernelFile("/proc/self/uid_map")
  else { return isRoot }
  let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
    .first { $0.hasPrefix("CapEff:") }
  let digits = line?.split(whereSeparator: \.isWhitespace).last ?? ""
  let capabilities = UInt64(digits, radix: 16) ?? 0
  // In a user namespace of its own, root has all capabilities but not over the machine.
  let range = String(decoding: users, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  return capabilities & (1 << 21) != 0 && range == ["0", "0", "4294967295"]
}
