import Glibc

/// Whether this process acts as root.
package var isRoot: Bool { geteuid() == 0 }

/// The user this process acts as.
package var effectiveUserID: UInt32 { geteuid() }
