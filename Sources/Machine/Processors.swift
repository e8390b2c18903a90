import Glibc

/// How many processors are online, at least 1.
///
/// The corresponding C function is `sysconf`.
package var processorCount: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
