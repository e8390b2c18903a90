/// Returns the bytes of a tree blob, exactly as restic writes them.
///
/// `nodes` are sorted by their names' bytes and no two have the same name.
package func encodeTree(_ nodes: [Node]) -> [UInt8] { [] }

/// Reads a tree blob.
///
/// - Throws: ``FormatError`` when it is damaged.
package func decodeTree(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> [Node] { [] }

extension Node {
  /// Whether the name can be a directory entry: not empty, not `.` or `..`, without slash or zero.
  ///
  /// Trees are read with whatever names they have; whoever creates files asks this first.
  package var hasUsableName: Bool {
    !name.isEmpty && name != [0x2e] && name != [0x2e, 0x2e] && !name.contains(0x2f)
      && !name.contains(0)
  }
}
