import Glibc

/// The number of a process or a thread, as the host's `/proc` shows it.
package typealias ProcessID = Int32

/// This process.
///
/// The corresponding C function is `getpid`.
package var currentProcess: ProcessID { getpid() }
