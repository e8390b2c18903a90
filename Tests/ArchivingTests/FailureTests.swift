import Archiving
import Machine
import ObjectStorage
import RepositoryEngine
import Synchronization
import TestSupport
import Testing

@Suite struct `An archive that can't go on` {
  @Test(arguments: [true, false])
  func `ends with the store's error, whichever operation fails`(lasting: Bool) throws {
    var failing = 1
    var didSucceed = false
    while !didSucceed {
      let store = FaultyStore(
        MemoryStore(),
        failingAt: failing,
        isLasting: lasting,
        failing: [.stage, .append, .commit],
        fault: .error(.noSpace)
      )
      try Workshop.with(store: store) { shop in
        for index in 0..<3 { try shop.write("big\(index)", noise(1 << 20, seed: UInt64(index))) }
        for index in 0..<50 { try shop.write("d\(index)/small", "small \(index)") }
        do {
          let result = try shop.archive()
          didSucceed = true
          #expect(result.counts.filesNew == 53)
          #expect(store.faults == 0)
        } catch let error as StoreError {
          #expect(error.reason == .noSpace)
        }
      }
      failing = failing * 3 / 2 + 1
    }
  }

  @Test func `ends when it is interrupted, wherever it is`() throws {
    try Workshop.with { shop in
      for index in 0..<100 { try shop.write("d\(index)/f", noise(30_000, seed: UInt64(index))) }
      for stop in [1, 17, 60] {
        let interruption = Interruption()
        let files = Atomic(0)
        var request = try shop.request(interruption: interruption)
        request.hooks.opening = { _ in
          if files.add(1, ordering: .relaxed).newValue == stop { interruption.request() }
        }
        #expect(throws: Interrupted.self) { try shop.archive(request) }
      }
      let result = try shop.archive()
      #expect(result.counts.filesNew == 100)
    }
  }
}

@Suite struct `What an archive tells` {
  @Test func `counts ahead, and reports items when asked`() throws {
    try Workshop.with { shop in
      for index in 0..<20 { try shop.write("d/f\(index)", "x\(index)") }
      let items = Mutex<[ArchivedItem]>([])
      let progress = ArchiveProgress()
      var request = try shop.request()
      request.options.reportsItems = true
      request.options.countsAhead = true
      let listing = Atomic(false)
      // The archive waits until everything is counted.
      request.hooks.opening = { _ in
        if !listing.exchange(true, ordering: .relaxed) {
          while !progress.hasTotals {}
        }
      }
      let result = try shop.archive(request, progress: progress) { event in
        if case .item(let item) = event { items.withLock { $0.append(item) } }
      }
      #expect(progress.filesTotal == 20)
      #expect(progress.filesDone == 20)
      #expect(progress.bytesDone == progress.bytesTotal)
      let reported = items.withLock { $0 }
      #expect(reported.count == 22)
      #expect(reported.allSatisfy { $0.action == .new })
      #expect(reported.contains { $0.path == "/source/d" && $0.isDirectory && $0.treeSize > 0 })
      #expect(reported.contains { $0.path == "/source/d/f7" && $0.dataSize == 2 })
      #expect(result.counts.bytesAdded > 50)
    }
  }
}
