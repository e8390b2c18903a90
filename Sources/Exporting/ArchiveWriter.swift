import CArchive
import Machine
package import RepositoryFormat

/// What kind of archive is written; the raw value is what users call it.
package enum ArchiveFormat: String, Hashable, Sendable {
  /// As POSIX.1-2001 has it, with extended headers: everything that a node has but its times of
  /// access and change.
  case tar
  /// Files, folders and links with their modes and times.
  case zip
}

/// An archive of nodes, written entry by entry as libarchive writes it.
package final class ArchiveWriter {
  /// Where the archive goes.
  private final class Sink {
    let write: (UnsafeRawBufferPointer) throws -> Void
    var failure: (any Error)?

    init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.write = write }
  }

  private static let blockSize: CInt = 1 << 20

  private let format: ArchiveFormat
  private let sink: Sink
  private let archive: OpaquePointer
  private var isFinished = false

  /// Begins an archive.
  ///
  /// - Parameters:
  ///   - format: What it becomes.
  ///   - write: Gets its bytes, in pieces that are valid during the call.
  /// - Throws: ``ArchiveError``.
  package init(
    _ format: ArchiveFormat,
    write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let archive = archive_write_new() else { throw ArchiveError(reason: "out of memory") }
    self.format = format
    self.archive = archive
    sink = Sink(write)
    switch format {
    case .tar:
      try check(archive_write_set_format_pax(archive))
      try check(archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY"))
    case .zip: try check(archive_write_set_format_zip(archive))
    }
    try check(archive_write_set_bytes_per_block(archive, Self.blockSize))
    // Nothing is added behind the end.
    try check(archive_write_set_bytes_in_last_block(archive, 1))
    let target = Unmanaged.passUnretained(sink).toOpaque()
    try check(archive_write_open(archive, target, nil, Self.forward, nil))
  }

  deinit {
    // Else libarchive would write an end that makes half an archive look whole.
    if !isFinished { archive_write_fail(archive) }
    archive_write_free(archive)
  }

  /// Whether a node of this type has a place in such an archive.
  package func takes(_ type: NodeType) -> Bool {
    switch type {
    case .file, .dir, .symlink: true
    case .dev, .chardev, .fifo: format == .tar
    case .socket, .irregular: false
    }
  }

  /// Begins an entry.
  ///
  /// - Parameters:
  ///   - node: Of a type that the archive takes.
  ///   - path: Its path in the archive, without a slash in front.
  ///   - size: How many bytes will be appended to it.
  /// - Throws: ``ArchiveError``, or what `write` threw.
  package func begin(_ node: Node, at path: [UInt8], size: UInt64) throws {
    let entry = try makeEntry(node, at: path, size: size)
    defer { archive_entry_free(entry) }
    // Readers refuse a zip of which a name is marked as UTF-8 and isn't.
    let isUTF8 = format == .tar || String(validating: path, as: UTF8.self) != nil
    let status =
      isUTF8
      ? withUTF8Names { archive_write_header(archive, entry) }
      : archive_write_header(archive, entry)
    try check(status)
  }

  /// Writes a part of the content of the entry that was begun last.
  ///
  /// - Throws: ``ArchiveError``, or what `write` threw.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    let count = archive_write_data(archive, bytes.baseAddress, bytes.count)
    if count != bytes.count { throw failure }
  }

  /// Writes the end of the archive.
  ///
  /// - Throws: ``ArchiveError``, or what `write` threw.
  package func finish() throws {
    try check(archive_write_close(archive))
    isFinished = true
  }

  private func check(_ status: CInt) throws {
    // A warning says that something was written in another way, such as a name of no known
    // encoding.
    if status < ARCHIVE_WARN { throw failure }
  }

  private var failure: any Error {
    sink.failure
      ?? ArchiveError(
        reason: archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
      )
  }

  private static let forward:
    @convention(c) (
      OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int
    ) -> Int = { archive, target, bytes, count in
      guard let target else { return -1 }
      let sink = Unmanaged<Sink>.fromOpaque(target).takeUnretainedValue()
      do {
        try sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
        return count
      } catch {
        sink.failure = error
        return -1
      }
    }
}

/// What libarchive could not do.
package struct ArchiveError: ExplainedError, Hashable {
  let reason: String
  package var cause: (any Error)? { nil }
  package var hint: String? { nil }

  package var description: String { "can't write the archive: \(reason)" }
}
