package import Machine

extension ExclusionMarker {
  /// Whether the file is in an open directory, and begins as it must.
  ///
  /// - Parameters:
  ///   - directory: Open for reading.
  ///   - path: Its path, for errors that nobody sees.
  /// - Returns: False also when it can't be read.
  package func isPresent(in directory: CInt, _ path: FilePath) -> Bool {
    guard (try? fileMetadata(in: directory, name, subject: path)) != nil else { return false }
    return header.isEmpty || begins(in: directory, path)
  }

  private func begins(in directory: CInt, _ path: FilePath) -> Bool {
    let opened = try? name.withCString {
      SharedDescriptor(try openForReading(in: directory, $0, subject: path))
    }
    guard let opened,
      (try? fileMetadata(in: opened.raw, subject: path))?.type == .regular
    else { return false }
    var text = [UInt8](repeating: 0, count: header.count)
    let count = try? text.withUnsafeMutableBytes {
      try readNext(from: opened.raw, into: $0, subject: path)
    }
    return count == text.count && text == header
  }
}
