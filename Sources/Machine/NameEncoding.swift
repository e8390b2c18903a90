import Glibc

// `nonisolated(unsafe)`: made once, then only read, and never freed.
private nonisolated(unsafe) let utf8 = newlocale(CInt(LC_CTYPE_MASK), "C.UTF-8", nil)

/// Runs `body` with names read as UTF-8 by C libraries that this thread calls, whatever the
/// user's locale; where the machine lacks that, with the user's.
///
/// The corresponding C function is `uselocale`.
///
/// - Throws: What `body` throws.
package func withUTF8Names<Value>(_ body: () throws -> Value) rethrows -> Value {
  guard let utf8 else { return try body() }
  let former = uselocale(utf8)
  defer { uselocale(former) }
  return try body()
}
