/// Returns the JSON of an index file.
package func encodeIndex(_ packs: [(PackID, [PackedBlob])]) -> [UInt8] { [] }

/// Reads an index file and calls `each` for every blob in it, pack by pack.
///
/// - Throws: ``FormatError`` when it is damaged, after calls for what came before; what `each`
///   throws.
package func parseIndex(
  _ json: UnsafeRawBufferPointer,
  _ each: (PackID, PackedBlob) throws -> Void
) throws {
}
