import CLinux
import Glibc

/// A new file that gets its name only when it is complete and durable.
///
/// Where the file system can do that, it has no name at all until then, and not even a killed
/// process or a power loss leaves something behind. Elsewhere it has a temporary name, which
/// goes away with ``discard()`` or with the object.
///
/// `@unchecked Sendable`: one thread at a time uses it; who hands it over stops using it.
package final class AtomicFile: @unchecked Sendable {
  private let directory: FilePath
  private let prefix: String
  /// Its name until it is committed; nil when it has none.
  private var temporary: FilePath?
  private var descriptor: Descriptor?
  private var position: UInt64 = 0
  /// Up to where the kernel was told to write it out.
  private var begun: UInt64 = 0
  private static let begunMin: UInt64 = 2 << 20

  /// What of a file survives a power loss.
  package enum Durability: Comparable, Sendable {
    case none
    /// What it holds, if it has its name then: see ``LocalFiles/syncNames(_:)``.
    case content
    case nameToo
  }

  /// Makes an empty file.
  ///
  /// The corresponding C function is `open`.
  ///
  /// - Parameters:
  ///   - directory: A directory on the file system of its later name.
  ///   - prefix: What a temporary name begins with.
  ///   - isNamed: Whether it has a temporary name even where it needn't.
  /// - Throws: ``SystemCallError`` when it can't be made.
  package init(
    in directory: FilePath,
    prefix: String,
    isNamed: Bool = false
  ) throws(SystemCallError) {
    self.directory = directory
    self.prefix = prefix
    descriptor = isNamed ? nil : Self.openUnnamed(in: directory)
    if descriptor?.raw != nil { return }
    while true {
      let path = Self.temporaryName(in: directory, prefix)
      do {
        descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        temporary = path
        return
      } catch {
        if error.errno != .fileExists { throw error }
      }
    }
  }

  deinit { discard() }

  /// In bytes.
  package var size: UInt64 { position }

  /// Writes `parts`, one after the other, at the end.
  ///
  /// The corresponding C function is `write`.
  package func append(_ parts: [UnsafeRawBufferPointer]) throws(SystemCallError) {
    let raw = openDescriptor
    for part in parts {
      var written = 0
      while written < part.count {
        let rest = UnsafeRawBufferPointer(rebasing: part[written...])
        written += try systemCall("write", temporary ?? directory) {
          write(raw, rest.baseAddress, rest.count)
        }
      }
      position += UInt64(written)
    }
    // So that the disk works already, and what makes the file durable in the end waits for less.
    if position - begun >= Self.begunMin {
      beginWritingOut(raw, begun..<position)
      begun = position
    }
  }

  /// Reads back what was written, fewer bytes at the end.
  ///
  /// The corresponding C function is `pread`.
  package func read(offset: UInt64, length: Int) throws(SystemCallError) -> [UInt8] {
    try LocalFiles.read(openDescriptor, offset: offset, length: length, temporary ?? directory)
  }

  /// Has `body` write all of the content in its own way.
  ///
  /// - Parameter body: Gets the descriptor, open for reading and writing; returns the size.
  /// - Throws: What `body` throws.
  package func fill(_ body: (CInt) throws -> UInt64) rethrows {
    position = try body(openDescriptor)
  }

  /// Gives the file its name, in the place of what has that name.
  ///
  /// When this throws, the temporary name is gone.
  ///
  /// - Parameters:
  ///   - path: Its name from now on.
  ///   - mode: Its permission bits, nil for those it has; a file system without them is tolerated.
  ///   - durability: What must survive a power loss.
  ///   - isReplacing: Whether what has the name goes away; otherwise that is an error (`EEXIST`).
  /// - Throws: ``SystemCallError`` when the file isn't as long as what was written (`EIO`), or
  ///   a call failed.
  package func commit(
    as path: FilePath,
    mode: UInt32?,
    durability: Durability = .nameToo,
    replacing isReplacing: Bool = true
  ) throws(SystemCallError) {
    defer { discard() }
    let subject = temporary ?? path
    let found = try fileMetadata(in: openDescriptor, subject: subject)
    if found.size != position {
      throw SystemCallError(call: "write", subject: subject, errno: .ioError)
    }
    if durability > .none { try LocalFiles.sync(openDescriptor, subject) }
    if temporary == nil { try giveName(path, durability, isReplacing) }
    if let descriptor = descriptor.take() { try descriptor.close(of: subject) }
    if let temporary { try LocalFiles.rename(temporary, to: path, replacing: isReplacing) }
    if durability > .content { try LocalFiles.syncDirectory(path.removingLastComponent()) }
    // Read-only is a guard against accidents, not a promise.
    if let mode { try? LocalFiles.setMode(path, mode) }
  }

  /// Removes the file unless it was committed.
  ///
  /// Twice is not an error.
  package func discard() {
    guard !isDone else { return }
    isDone = true
    descriptor = nil
    if let temporary { try? LocalFiles.remove(temporary) }
  }

  private var isDone = false

  /// Gives a nameless file `path`, or a temporary name when something has that name and is to be
  /// replaced: only `rename` does that.
  ///
  /// The corresponding C function is `linkat`.
  private func giveName(
    _ path: FilePath,
    _ durability: Durability,
    _ isReplacing: Bool
  ) throws(SystemCallError) {
    do {
      try link(path)
    } catch {
      if error.errno != .fileExists || !isReplacing { throw error }
      let other = Self.temporaryName(in: path.removingLastComponent(), prefix)
      try link(other)
      temporary = other
    }
    // Once more, because some file systems log the names of a file with the file.
    if durability > .content { try LocalFiles.sync(openDescriptor, path) }
  }

  private func link(_ path: FilePath) throws(SystemCallError) {
    let source = Self.link(to: openDescriptor)
    try systemCall("linkat", path) {
      source.withPlatformString { from in
        path.withPlatformString { linkat(AT_FDCWD, from, AT_FDCWD, $0, AT_SYMLINK_FOLLOW) }
      }
    }
  }

  /// A file without a name, where both the file system and `/proc` help with naming it later.
  private static func openUnnamed(in directory: FilePath) -> Descriptor? {
    do {
      let file = try Descriptor.open(directory, O_RDWR | CLINUX_O_TMPFILE, mode: 0o600)
      _ = try fileMetadata(of: link(to: file.raw))
      return file
    } catch {
      return nil
    }
  }

  private static func link(to descriptor: CInt) -> FilePath {
    FilePath("/proc/self/fd/\(descriptor)")
  }

  private static func temporaryName(in directory: FilePath, _ prefix: String) -> FilePath {
    directory.appending("\(prefix)-tmp-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
  }

  private var openDescriptor: CInt {
    guard let raw = descriptor?.raw else {
      preconditionFailure("the file was committed or discarded")
    }
    return raw
  }
}

extension LocalFiles {
  /// Writes a file so that a reader sees the old content or the new one, also after a power loss.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - bytes: Its new content.
  ///   - mode: Its permission bits.
  /// - Throws: ``SystemCallError`` of the call that failed; the old content is then in place.
  package static func replace(
    _ path: FilePath,
    with bytes: [UInt8],
    mode: UInt32 = 0o600
  ) throws(SystemCallError) {
    let name = path.lastComponent?.string ?? "file"
    let file = try AtomicFile(in: path.removingLastComponent(), prefix: name)
    var failure: SystemCallError?
    bytes.withUnsafeBytes { content in
      do throws(SystemCallError) { try file.append([content]) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.commit(as: path, mode: mode)
  }
}
