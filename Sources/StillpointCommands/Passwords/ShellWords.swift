/// Splits a command into words as restic does: at white space and backslashes, and at quotes
/// unless a backslash stands before them; within quotes only at the quote that ends them.
///
/// - Parameter text: The command, any bytes.
/// - Returns: The words, at least one.
/// - Throws: ``UsageError`` for an unfinished quote or an empty command.
package func shellWords(_ text: [UInt8]) throws(UsageError) -> [[UInt8]] {
  let backslash = UInt8(ascii: "\\")
  let quotes = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
  var words: [[UInt8]] = []
  var word: [UInt8] = []
  var quote: UInt8?
  var last: UInt8 = 0
  for byte in text {
    let isQuote = last != backslash && (quote == nil ? quotes.contains(byte) : byte == quote)
    if isQuote {
      quote = quote == nil ? byte : nil
    } else {
      last = byte
      if quote != nil || !(byte == backslash || isASCIISpace(byte)) {
        word.append(byte)
        continue
      }
    }
    if !word.isEmpty { words.append(word) }
    word = []
  }
  if let quote {
    throw UsageError("\(quote == quotes[0] ? "single" : "double")-quoted string not terminated")
  }
  if !word.isEmpty { words.append(word) }
  if words.isEmpty { throw UsageError("command string is empty") }
  return words
}

func isASCIISpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
