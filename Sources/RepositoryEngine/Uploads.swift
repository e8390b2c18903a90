import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

/// The packs of one upload: those being filled, those on their way, and the first error.
///
/// After an error nothing is accepted any more, so that a blob which one thread failed to store
/// and another took as stored can't be missing from what is committed.
final class Uploads: Sendable {
  private final class Slot: Sendable {
    let pack = Mutex<OpenPack?>(nil)
  }

  private let repository: Repository
  private let index: PendingIndex
  private let queue: BoundedQueue<OpenPack>
  /// Two packs for data, filled at random: who can choose what is backed up must not learn from
  /// the sizes of packs where chunks end (restic #5291).
  private let dataSlots = [Slot(), Slot()]
  private let treeSlots = [Slot()]
  private let failure = Mutex<(any Error)?>(nil)
  private let hasFailed = Atomic(false)

  init(_ repository: Repository) {
    self.repository = repository
    index = PendingIndex(repository)
    queue = BoundedQueue(weightMax: repository.store.properties.connections)
  }

  /// Starts the threads that make full packs durable.
  func start(_ threads: WorkerThreads) {
    for _ in 0..<repository.store.properties.connections {
      threads.start { [self] in
        do {
          while let pack = try queue.pop() { try commit(pack) }
        } catch {
          fail(error)
        }
      }
    }
  }

  /// Adds a sealed blob to an open pack; true when that filled the pack.
  func append(
    _ sealed: UnsafeRawBufferPointer,
    _ id: BlobID,
    _ type: BlobType,
    uncompressedLength: UInt32
  ) throws -> Bool {
    let target = repository.options.packSize
    if sealed.count >= target {
      let own = try OpenPack(in: repository.store)
      try own.append(sealed, id, type, uncompressedLength: uncompressedLength)
      try queue.push(own)
      return true
    }
    let slots = type == .data ? dataSlots : treeSlots
    let slot = slots.count == 1 ? slots[0] : slots[Int.random(in: 0..<slots.count)]
    let full = try slot.pack.withLock { open -> OpenPack? in
      let pack = try open ?? OpenPack(in: repository.store)
      open = pack
      try pack.append(sealed, id, type, uncompressedLength: uncompressedLength)
      guard pack.isFull(target: target) else { return nil }
      open = nil
      return pack
    }
    if let full { try queue.push(full) }
    return full != nil
  }

  /// Stops everything because of `error`; the first one stays.
  func fail(_ error: any Error) {
    failure.withLock { $0 = $0 ?? error }
    hasFailed.store(true, ordering: .releasing)
    queue.fail(error)
  }

  func throwFailure() throws {
    if hasFailed.load(ordering: .acquiring), let error = failure.withLock({ $0 }) { throw error }
  }

  /// Makes the packs that aren't full durable, waits for all, and writes the last index.
  ///
  /// When that fails, what is durable is still put into an index where possible, so that the
  /// next run needn't store it again.
  func finish(_ threads: WorkerThreads) throws {
    do {
      try throwFailure()
      for pack in try leftovers() { try queue.push(pack) }
    } catch {
      fail(error)
    }
    queue.close()
    threads.join()
    for slot in dataSlots + treeSlots { slot.pack.withLock { $0.take()?.discard() } }
    let written = Result { try index.write() }
    try throwFailure()
    try written.get()
  }

  private func commit(_ pack: OpenPack) throws {
    let id = try repository.codecs.with { try pack.commit($0.sealer) }
    repository.fresh.locate(pack.blobs, in: id)
    try index.add(id, pack.blobs)
  }

  /// The open packs; those for data made one where they fit into one.
  private func leftovers() throws -> [OpenPack] {
    var data = dataSlots.compactMap { slot in slot.pack.withLock { $0.take() } }
    let trees = treeSlots.compactMap { slot in slot.pack.withLock { $0.take() } }
    data.sort { $0.size > $1.size }
    let sum = data.reduce(0) { $0 + $1.size }
    if data.count == 2, sum < UInt64(repository.options.packSize) {
      try data[0].append(contentsOf: data[1])
      data.removeLast()
    }
    return data + trees
  }
}
