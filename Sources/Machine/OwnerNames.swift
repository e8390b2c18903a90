import Glibc
import Synchronization

/// The names that the system has for user and group numbers, looked up once each.
package final class OwnerNames: Sendable {
  private let users = Mutex<[UInt32: [UInt8]]>([:])
  private let groups = Mutex<[UInt32: [UInt8]]>([:])

  package init() {}

  /// The name of a user; empty when there is none.
  ///
  /// The corresponding C function is `getpwuid_r`.
  package func user(_ id: UInt32) -> [UInt8] {
    if let known = users.withLock({ $0[id] }) { return known }
    // Not under the lock: name services may ask the network.
    let name = Self.lookUp { buffer, size in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let code = getpwuid_r(id, &entry, buffer, size, &found)
      return (code, found?.pointee.pw_name)
    }
    users.withLock { $0[id] = name }
    return name
  }

  /// The name of a group; empty when there is none.
  ///
  /// The corresponding C function is `getgrgid_r`.
  package func group(_ id: UInt32) -> [UInt8] {
    if let known = groups.withLock({ $0[id] }) { return known }
    let name = Self.lookUp { buffer, size in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let code = getgrgid_r(id, &entry, buffer, size, &found)
      return (code, found?.pointee.gr_name)
    }
    groups.withLock { $0[id] = name }
    return name
  }

  /// The number of a user by name; nil when there is none.
  ///
  /// The corresponding C function is `getpwnam_r`.
  package static func userID(_ name: [UInt8]) -> UInt32? {
    lookUpID(name) { name, buffer, size in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let code = getpwnam_r(name, &entry, buffer, size, &found)
      return (code, found?.pointee.pw_uid)
    }
  }

  /// The number of a group by name; nil when there is none.
  ///
  /// The corresponding C function is `getgrnam_r`.
  package static func groupID(_ name: [UInt8]) -> UInt32? {
    lookUpID(name) { name, buffer, size in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let code = getgrnam_r(name, &entry, buffer, size, &found)
      return (code, found?.pointee.gr_gid)
    }
  }

  private static func lookUpID(
    _ name: [UInt8],
    _ call: (UnsafePointer<CChar>, UnsafeMutablePointer<CChar>, Int) -> (CInt, UInt32?)
  ) -> UInt32? {
    guard !name.isEmpty, !name.contains(0) else { return nil }
    let text = name.map { CChar(bitPattern: $0) } + [0]
    var size = 1024
    while size <= 1 << 20 {
      var buffer = [CChar](repeating: 0, count: size)
      let (code, id) = call(text, &buffer, size)
      if code != ERANGE { return code == 0 ? id : nil }
      size *= 4
    }
    return nil
  }

  /// The users and groups that were asked for.
  package var known: (users: [UInt32], groups: [UInt32]) {
    (users.withLock { Array($0.keys) }, groups.withLock { Array($0.keys) })
  }

  private static func lookUp(
    _ call: (UnsafeMutablePointer<CChar>, Int) -> (CInt, UnsafeMutablePointer<CChar>?)
  ) -> [UInt8] {
    var size = 1024
    while size <= 1 << 20 {
      let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) {
        buffer -> [UInt8]? in
        guard let base = buffer.baseAddress else { return [] }
        let (code, name) = call(base, size)
        if code == ERANGE { return nil }
        guard code == 0, let name else { return [] }
        return Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
      }
      if let name { return name }
      size *= 4
    }
    return []
  }
}
