import Glibc

/// Memory straight from the kernel, taken once and used again and again.
///
/// Only pages that were written take memory, and ``trim(to:)`` gives them back: malloc would
/// keep them.
///
/// `@unchecked Sendable`: one thread at a time uses it; who hands it over stops using it.
package final class PageBuffer: @unchecked Sendable {
  private var memory: UnsafeMutableRawBufferPointer

  /// Makes an empty buffer.
  package init() { memory = UnsafeMutableRawBufferPointer(start: nil, count: 0) }

  deinit { release() }

  /// Returns `count` bytes of any content, valid until the next call.
  ///
  /// The corresponding C function is `mmap`.
  package func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if count > memory.count || memory.isEmpty {
      release()
      let size = max(1 << 20, (count + 0xffff) & ~0xffff)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
      let new = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
      precondition(new != MAP_FAILED, "out of memory: \(size) bytes")
      memory = UnsafeMutableRawBufferPointer(start: new, count: size)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  /// Gives back the memory of all but the first `count` bytes; their content is lost.
  ///
  /// The corresponding C function is `madvise`.
  package func trim(to count: Int) {
    let kept = (count + 0xffff) & ~0xffff
    guard kept < memory.count, let start = memory.baseAddress else { return }
    madvise(start + kept, memory.count - kept, MADV_DONTNEED)
  }

  private func release() {
    if let start = memory.baseAddress { munmap(start, memory.count) }
  }
}
