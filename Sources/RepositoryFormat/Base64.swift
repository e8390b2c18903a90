import CCrypto

/// Returns `bytes` in base64 with padding.
func base64Encoded(_ bytes: [UInt8]) -> [UInt8] {
  precondition(bytes.count < 1 << 30, "libcrypto counts in CInt")
  let size = (bytes.count + 2) / 3 * 4
  // libcrypto writes a closing zero.
  return [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, initialized in
    initialized = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, CInt(bytes.count)))
  }
}

/// Returns the bytes that `text`, base64 with padding, stands for; nil when it is none.
func base64Decoded(_ text: [UInt8]) -> [UInt8]? {
  guard text.count % 4 == 0, text.count < 1 << 30 else { return nil }
  let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
  // libcrypto takes padding and white space in places where they don't belong.
  guard text.dropLast(padding).allSatisfy(isBase64Digit) else { return nil }
  var size = text.count / 4 * 3
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
    size = Int(EVP_DecodeBlock(buffer.baseAddress, text, CInt(text.count)))
    initialized = max(0, size - padding)
  }
  return size < 0 ? nil : bytes
}

private func isBase64Digit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
    true
  default: false
  }
}
