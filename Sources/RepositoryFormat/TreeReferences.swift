/// What a tree refers to, read without the rest of it.
package struct TreeReferences: Hashable, Sendable {
  /// The data blobs of its files.
  package private(set) var content: [BlobID] = []
  /// The trees of its folders.
  package private(set) var subtrees: [BlobID] = []

  /// Reads a tree blob.
  ///
  /// - Throws: ``FormatError`` when it is no tree.
  package init(parsing bytes: UnsafeRawBufferPointer) throws(FormatError) {
    var reader = JSONReader(bytes, subject: "tree")
    guard try reader.enterObject() else { throw reader.failure("no nodes") }
    var hasNodes = false
    while let key = try reader.nextKey() {
      guard "nodes" ~= key else {
        try reader.skipValue()
        continue
      }
      hasNodes = true
      guard try reader.enterArray() else { continue }
      while try reader.nextElement() { try addNode(&reader) }
    }
    try reader.finish()
    if !hasNodes { throw reader.failure("no nodes") }
  }

  private mutating func addNode(_ reader: inout JSONReader) throws(FormatError) {
    guard try reader.enterObject() else { throw reader.failure("no node") }
    while let key = try reader.nextKey() {
      switch key {
      case "content":
        guard try reader.enterArray() else { continue }
        while try reader.nextElement() { content.append(BlobID(try reader.digest())) }
      case "subtree":
        if let id = try reader.optionalDigest() { subtrees.append(BlobID(id)) }
      default: try reader.skipValue()
      }
    }
  }
}
