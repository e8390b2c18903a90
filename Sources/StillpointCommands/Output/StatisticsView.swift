import RepositoryEngine
import Synchronization

/// Shows how counting goes and what it found, in restic's forms.
final class StatisticsView: Sendable {
  /// Of the snapshot that is being counted.
  private struct Counted {
    var snapshots = 0
    var nodes = 0
    var blobs = 0
    var bytes: UInt64 = 0
  }

  private let output: Output
  private let mode: CountingMode
  private let snapshots: Int
  private let start = ContinuousClock.now
  private let counted = Mutex(Counted())

  init(output: Output, mode: CountingMode, snapshots: Int) {
    self.output = output
    self.mode = mode
    self.snapshots = snapshots
  }

  func beginSnapshot() {
    counted.withLock { $0 = Counted(snapshots: $0.snapshots + 1) }
  }

  func count(_ item: CountedItem) {
    counted.withLock { counted in
      switch item {
      case .node(let size):
        counted.nodes += 1
        counted.bytes += size
      case .blob(let size):
        counted.blobs += 1
        counted.bytes += size
      }
    }
  }

  func report(_ elapsed: Duration) -> ProgressReport? {
    ProgressReport(lines: [line(isLast: false)], json: nil)
  }

  func finish(_ statistics: SnapshotStatistics) {
    if output.isJSON { return output.json(json(statistics)) }
    output.say(line(isLast: true), at: .quiet)
    for line in lines(statistics) { output.say(line, at: .quiet) }
  }

  private func line(isLast: Bool) -> String {
    let counted = counted.withLock { $0 }
    let done = isLast ? counted.snapshots : max(0, counted.snapshots - 1)
    let percent =
      snapshots > 0 ? Quantity.percent(UInt64(done), of: UInt64(snapshots)) : ""
    var line =
      "[\(Quantity.time(ContinuousClock.now - start))] \(percent)  "
      + "\(counted.snapshots) / \(snapshots) snapshots"
    if counted.nodes > 0 { line += ", \(counted.nodes) files" }
    if counted.blobs > 0 { line += ", \(counted.blobs) blobs" }
    return line + ", \(Quantity.bytes(counted.bytes))"
  }

  private func lines(_ statistics: SnapshotStatistics) -> [String] {
    func row(_ title: String, _ value: String) -> String {
      (title + ":").aligned(right: 25) + "  " + value
    }
    func bytes(_ count: UInt64) -> String { Quantity.bytes(count).aligned(left: 5) }
    var lines = [
      "Stats in \(mode.rawValue) mode:", row("Snapshots processed", "\(statistics.snapshots)"),
    ]
    if statistics.blobs > 0 { lines.append(row("Total Blob Count", "\(statistics.blobs)")) }
    if statistics.files > 0 { lines.append(row("Total File Count", "\(statistics.files)")) }
    if statistics.uncompressedSize > 0 {
      lines.append(row("Total Uncompressed Size", bytes(statistics.uncompressedSize)))
    }
    lines.append(row("Total Size", bytes(statistics.size)))
    func percent(_ value: Double) -> String { Quantity.fixed(value, digits: 2) + "%" }
    if statistics.compressionProgress > 0 {
      lines.append(row("Compression Progress", percent(statistics.compressionProgress)))
    }
    if statistics.compressionRatio > 0 {
      let ratio = Quantity.fixed(statistics.compressionRatio, digits: 2) + "x"
      lines.append(row("Compression Ratio", ratio))
    }
    if statistics.spaceSaving > 0 {
      lines.append(row("Compression Space Saving", percent(statistics.spaceSaving)))
    }
    return lines
  }

  private func json(_ statistics: SnapshotStatistics) -> JSONObject {
    var object = JSONObject()
    object.add("total_size", statistics.size)
    object.add(unlessZero: "total_uncompressed_size", statistics.uncompressedSize)
    object.add(unlessZero: "compression_ratio", statistics.compressionRatio)
    object.add(unlessZero: "compression_progress", statistics.compressionProgress)
    object.add(unlessZero: "compression_space_saving", statistics.spaceSaving)
    object.add(unlessZero: "total_file_count", statistics.files)
    object.add(unlessZero: "total_blob_count", statistics.blobs)
    object.add("snapshots_count", statistics.snapshots)
    return object
  }
}

extension SnapshotStatistics {
  /// How much larger compressed blobs would be; 0 when there are none.
  fileprivate var compressionRatio: Double {
    guard compressedBlobsSize > 0 else { return 0 }
    return Double(compressedBlobsUncompressedSize) / Double(compressedBlobsSize)
  }

  /// How much of the plaintext lies in compressed blobs, in percent.
  fileprivate var compressionProgress: Double {
    guard uncompressedSize > 0 else { return 0 }
    return Double(compressedBlobsUncompressedSize) / Double(uncompressedSize) * 100
  }

  /// How much smaller compression made everything, in percent.
  fileprivate var spaceSaving: Double {
    guard uncompressedSize > 0 else { return 0 }
    return (1 - Double(size) / Double(uncompressedSize)) * 100
  }
}
