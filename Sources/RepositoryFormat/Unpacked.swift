/// The first byte of a plaintext that goes on with compressed JSON.
private let compressedMark: UInt8 = 2

/// No index, snapshot or lock comes near: one index file of 50,000 blobs has 8 MB.
private let jsonSizeMax = 1 << 30

/// Returns the plaintext to seal for an index, a snapshot or a lock.
///
/// Version 1 stores the JSON as it is; version 2 stores the byte 2 and the JSON compressed.
///
/// - Throws: ``FormatError`` when zstd fails.
package func encodeUnpacked(_ json: [UInt8], version: Int) throws(FormatError) -> [UInt8] {
  guard version >= 2 else { return json }
  var plaintext = [UInt8](repeating: 0, count: 1 + Compressor.bound(json.count))
  plaintext[0] = compressedMark
  let size = try json.withBytes { (source) throws(FormatError) in
    try plaintext.withMutableBytes { (target) throws(FormatError) in
      try Compressor(level: .auto)
        .compress(source, into: UnsafeMutableRawBufferPointer(rebasing: target[1...]))
    }
  }
  plaintext.removeSubrange((1 + size)...)
  return plaintext
}

/// Returns the JSON of an opened index, snapshot or lock of either version.
///
/// No bytes are returned for none.
///
/// - Throws: ``FormatError`` when it is neither JSON nor compressed JSON.
package func decodeUnpacked(_ plaintext: [UInt8]) throws(FormatError) -> [UInt8] {
  switch plaintext.first {
  case nil, UInt8(ascii: "{"), UInt8(ascii: "["):
    return plaintext
  case compressedMark:
    return try plaintext.withBytes { (bytes) throws(FormatError) in
      let frames = UnsafeRawBufferPointer(rebasing: bytes[1...])
      return try Decompressor().decompress(frames, sizeMax: jsonSizeMax)
    }
  case let first?:
    throw FormatError("file", "begins with byte \(first), neither JSON nor compressed", offset: 0)
  }
}
