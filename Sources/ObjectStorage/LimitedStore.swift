package import Machine
import Synchronization

/// A store that is used no faster than is allowed.
package final class LimitedStore: ObjectStore {
  private let base: any ObjectStore
  private let uploads: RateLimit?
  private let downloads: RateLimit?

  /// Wraps `base`.
  ///
  /// - Parameters:
  ///   - base: What does the work.
  ///   - upload: Bytes a second; nil for any number.
  ///   - download: Bytes a second; nil for any number.
  package init(_ base: any ObjectStore, upload: Int?, download: Int?) {
    self.base = base
    uploads = upload.map { RateLimit(bytesPerSecond: $0) }
    downloads = download.map { RateLimit(bytesPerSecond: $0) }
  }

  package var location: String { base.location }
  package var properties: StoreProperties { base.properties }

  package func prepare() throws { try base.prepare() }

  package func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws {
    uploads?.pass(parts.reduce(0) { $0 + $1.count })
    try base.put(name, parts)
  }

  package func stage(_ kind: String) throws -> any StagedObject {
    let staged = try base.stage(kind)
    return uploads.map { LimitedStagedObject(staged, $0) } ?? staged
  }

  package func settle() throws { try base.settle() }

  package func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8] {
    let bytes = try base.get(name, offset: offset, length: length)
    downloads?.pass(bytes.count)
    return bytes
  }

  package func size(of name: ObjectName) throws -> UInt64 { try base.size(of: name) }

  package func list(_ kind: String) throws -> [StoredObject] { try base.list(kind) }

  package func remove(_ name: ObjectName) throws { try base.remove(name) }

  package func localPath(of name: ObjectName) -> FilePath? { base.localPath(of: name) }
}

private final class LimitedStagedObject: StagedObject {
  private let base: any StagedObject
  private let limit: RateLimit

  init(_ base: any StagedObject, _ limit: RateLimit) {
    self.base = base
    self.limit = limit
  }

  var size: UInt64 { base.size }

  func append(_ parts: [UnsafeRawBufferPointer]) throws {
    limit.pass(parts.reduce(0) { $0 + $1.count })
    try base.append(parts)
  }

  func read(offset: UInt64, length: Int) throws -> [UInt8] {
    try base.read(offset: offset, length: length)
  }

  func commit(as name: ObjectName) throws { try base.commit(as: name) }

  func discard() { base.discard() }
}

/// Lets bytes pass at a rate that all threads share.
private final class RateLimit: Sendable {
  private let secondsPerByte: Double
  /// When what has passed so far is paid for.
  private let free = Mutex(ContinuousClock.now)

  init(bytesPerSecond: Int) { secondsPerByte = 1 / Double(max(1, bytesPerSecond)) }

  /// Waits until `count` more bytes are allowed.
  func pass(_ count: Int) {
    let cost = Duration.seconds(Double(count) * secondsPerByte)
    let end = free.withLock { free in
      free = max(free, .now) + cost
      return free
    }
    let wait = end - .now
    if wait > .zero { _ = StopSignal().wait(for: wait) }
  }
}
