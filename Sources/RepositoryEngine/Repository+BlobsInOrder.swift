package import Machine
package import RepositoryFormat

extension Repository {
  /// Reads data blobs one after the other, while two threads read the next ones ahead.
  ///
  /// At most six blobs are in memory.
  ///
  /// - Parameters:
  ///   - ids: The blobs of a file.
  ///   - interruption: Asked at every blob.
  ///   - each: Gets the plaintext of each blob in order.
  /// - Throws: ``RepositoryError`` when a blob can't be read, ``Interrupted``; what `each`
  ///   throws.
  package func readBlobs(
    inOrder ids: [BlobID],
    _ interruption: Interruption,
    each: ([UInt8]) throws -> Void
  ) throws {
    guard ids.count > 1 else {
      for id in ids { try each(loadBlob(.data, id)) }
      return
    }
    let queues = (0..<2).map { _ in BoundedQueue<[UInt8]>(weightMax: 1) }
    let threads = WorkerThreads()
    for (number, queue) in queues.enumerated() {
      let part = stride(from: number, to: ids.count, by: queues.count).map { ids[$0] }
      threads.start { [self] in read(part, into: queue, interruption) }
    }
    defer {
      // Whoever still reads ahead when this ends early is told to stop.
      for queue in queues { queue.fail(Interrupted()) }
      threads.join()
    }
    for number in ids.indices {
      if let bytes = try queues[number % queues.count].pop() { try each(bytes) }
    }
  }

  private func read(
    _ ids: [BlobID],
    into queue: BoundedQueue<[UInt8]>,
    _ interruption: Interruption
  ) {
    // A hole is the same blob again and again.
    var last: (id: BlobID, bytes: [UInt8])?
    do {
      for id in ids {
        try interruption.check()
        let bytes = try last?.id == id ? last?.bytes ?? [] : loadBlob(.data, id)
        last = (id, bytes)
        try queue.push(bytes)
      }
      queue.close()
    } catch {
      queue.fail(error)
    }
  }
}
