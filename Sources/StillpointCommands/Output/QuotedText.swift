import RepositoryFormat

/// Returns a name or path for people, as restic shows it.
///
/// It stays as it is, unless it holds control characters or bytes that aren't UTF-8: then it
/// is put in quotes, with escapes.
func quoted(_ bytes: [UInt8]) -> String {
  let special = [UInt8(ascii: "\""), UInt8(ascii: "\\")]
  let plain = bytes.filter { !special.contains($0) }
  let isPlain = plain.withUnsafeBytes { goQuoted($0) } == plain
  if isPlain { return String(decoding: bytes, as: UTF8.self) }
  let escaped = bytes.withUnsafeBytes { goQuoted($0) }
  return "\"" + String(decoding: escaped, as: UTF8.self) + "\""
}
