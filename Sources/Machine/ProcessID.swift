/// The number of a process or a thread, as the host's `/proc` shows it.
package typealias ProcessID = Int32
