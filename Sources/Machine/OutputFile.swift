import Glibc

/// A file that is written from its beginning to its end; it may be a device or a pipe.
package final class OutputFile {
  private let path: FilePath
  private var descriptor: Descriptor?

  /// Opens the file, empties it, and makes it when there is none.
  ///
  /// The corresponding C function is `open`.
  package init(_ path: FilePath) throws(SystemCallError) {
    self.path = path
    descriptor = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o666)
  }

  /// Writes all of `bytes`.
  ///
  /// The corresponding C function is `write`.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
    guard let raw = descriptor?.raw else { preconditionFailure("\(path) was closed") }
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = try systemCall("write", path) { Glibc.write(raw, part.baseAddress, part.count) }
      rest = rest.dropFirst(count)
    }
  }

  /// Closes it and hears of writes that failed late.
  ///
  /// The corresponding C function is `close`.
  package func close() throws(SystemCallError) {
    if let descriptor = descriptor.take() { try descriptor.close(of: path) }
  }
}
