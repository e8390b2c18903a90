package import Machine
package import RepositoryFormat
import Synchronization

extension Repository {
  /// Adds all blobs below a tree to `blobs`, itself included; a tree that is in there already is
  /// not read again.
  ///
  /// - Throws: ``RepositoryError`` when a tree can't be read; ``Interrupted``.
  package func addBlobs(
    below tree: BlobID,
    to blobs: inout BlobSet,
    _ interruption: Interruption
  ) throws {
    let search = BlobsBelow(blobs)
    search.add(tree)
    while let batch = search.nextBatch() {
      try inParallel(batch, threads: readersMax, interruption: interruption) { [self] id in
        search.add(try treeReferences(id))
      }
    }
    blobs = search.blobs
  }
}

/// The blobs seen so far, and the trees that are yet to be read.
private final class BlobsBelow: Sendable {
  private struct State {
    var blobs: BlobSet
    var waiting: [BlobID] = []
  }

  private let state: Mutex<State>

  init(_ blobs: BlobSet) { state = Mutex(State(blobs: blobs)) }

  var blobs: BlobSet { state.withLock { $0.blobs } }

  func add(_ tree: BlobID) {
    state.withLock { if $0.blobs.insert(.tree, tree) { $0.waiting.append(tree) } }
  }

  func add(_ references: TreeReferences) {
    state.withLock { state in
      for blob in references.content { state.blobs.insert(.data, blob) }
      for tree in references.subtrees where state.blobs.insert(.tree, tree) {
        state.waiting.append(tree)
      }
    }
  }

  func nextBatch() -> [BlobID]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let batch = Array(state.waiting.suffix(4096))
      state.waiting.removeLast(batch.count)
      return batch
    }
  }
}
