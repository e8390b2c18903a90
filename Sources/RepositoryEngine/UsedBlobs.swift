import Machine
package import RepositoryFormat
import Synchronization

/// The blobs of an index that are needed by some trees, as threads find them.
final class UsedBlobs: Sendable {
  private struct State {
    var marks: BlobCounts
    var missing: Set<MissingBlob> = []
  }

  private let index: BlobIndex
  private let state: Mutex<State>

  init(_ index: BlobIndex) {
    self.index = index
    state = Mutex(State(marks: BlobCounts(index)))
  }

  /// 1 for a blob that is needed, else 0.
  var marks: BlobCounts { state.withLock { $0.marks } }

  /// Needed, but in no index file.
  var missing: Set<MissingBlob> { state.withLock { $0.missing } }

  /// Marks blobs as needed, and returns those that weren't marked before and are known.
  func mark(_ type: BlobType, _ blobs: [BlobID]) -> [BlobID] {
    let numbers = blobs.map { index.table(type).firstNumber($0) }
    return state.withLock { state in
      var new: [BlobID] = []
      for (blob, number) in zip(blobs, numbers) {
        guard let number else {
          state.missing.insert(MissingBlob(type: type, id: blob))
          continue
        }
        if state.marks[type, number] == 0 {
          state.marks[type, number] = 1
          new.append(blob)
        }
      }
      return new
    }
  }
}

/// A blob that is needed and nowhere.
package struct MissingBlob: Hashable, Sendable, CustomStringConvertible {
  package var type: BlobType
  package var id: BlobID

  package var description: String { "\(type.word) blob \(id.digest.hex)" }
}

extension Repository {
  /// Finds all blobs that some trees need; each tree is read once.
  ///
  /// - Parameters:
  ///   - roots: The trees of snapshots.
  ///   - index: Loaded.
  ///   - interruption: Asked between trees.
  ///   - progress: Called from any thread with the number of trees that were read.
  /// - Returns: The blobs, the trees among them.
  /// - Throws: ``RepositoryError`` when a tree can't be read, ``Interrupted``.
  func usedBlobs(
    of roots: [BlobID],
    in index: BlobIndex,
    interruption: Interruption,
    progress: @escaping @Sendable (Int) -> Void
  ) throws -> UsedBlobs {
    let used = UsedBlobs(index)
    let read = Atomic(0)
    let found = Mutex(used.mark(.tree, roots))
    // Large enough that threads are started seldom, small enough that few trees wait.
    let batchSize = 4096
    while true {
      let batch = found.withLock { found in
        defer { found.removeLast(min(batchSize, found.count)) }
        return Array(found.suffix(batchSize))
      }
      if batch.isEmpty { return used }
      try inParallel(batch, threads: readersMax, interruption: interruption) { [self] tree in
        let references = try treeReferences(tree)
        _ = used.mark(.data, references.content)
        let new = used.mark(.tree, references.subtrees)
        if !new.isEmpty { found.withLock { $0 += new } }
        progress(read.add(1, ordering: .relaxed).newValue)
      }
    }
  }
}
