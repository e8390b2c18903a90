/// The files that are in use as swap space.
///
/// See `/proc/swaps` in `proc(5)`.
package func swapFilePaths() -> [FilePath] {
  let lines = ((try? readKernelFile("/proc/swaps")) ?? []).split(separator: UInt8(ascii: "\n"))
  return lines.dropFirst().compactMap { line in
    let fields = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard fields.count >= 2, fields[1].elementsEqual("file".utf8) else { return nil }
    return FilePath(bytes: unescapedField(Array(fields[0])))
  }
}
