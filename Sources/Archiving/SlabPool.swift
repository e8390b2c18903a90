import Machine

/// A large buffer that files are read into.
///
/// `@unchecked Sendable`: one reader fills it, and what it filled is not written again before
/// the last ``SlabLease`` is gone.
final class Slab: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(size: Int) {
    bytes = .allocate(byteCount: size, alignment: 4096)
  }

  deinit { bytes.deallocate() }
}

/// The use of a slab, by a reader and by everyone who still needs what was read into it.
///
/// When the last holder lets go of the lease, the slab goes back to its pool.
final class SlabLease: Sendable {
  let slab: Slab
  private let pool: BoundedQueue<Slab>?

  init(_ slab: Slab, from pool: BoundedQueue<Slab>?) {
    self.slab = slab
    self.pool = pool
  }

  deinit {
    // A pool that failed takes nothing back; then the slab is freed.
    try? pool?.push(slab)
  }
}

/// A fixed number of slabs: all the memory that file contents take.
struct SlabPool: Sendable {
  private let slabs: BoundedQueue<Slab>

  /// Makes a pool of `count` slabs of `size` bytes.
  init(count: Int, size: Int) {
    slabs = BoundedQueue(weightMax: count)
    for _ in 0..<count { try? slabs.push(Slab(size: size)) }
  }

  /// Takes a slab, waiting until one is free.
  ///
  /// - Throws: What ``fail(_:)`` was told.
  func take() throws -> SlabLease {
    guard let slab = try slabs.pop() else { preconditionFailure("the pool is never closed") }
    return SlabLease(slab, from: slabs)
  }

  /// Makes everyone who waits or will wait throw `error`.
  func fail(_ error: any Error) { slabs.fail(error) }
}
