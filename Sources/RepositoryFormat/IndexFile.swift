/// Returns the JSON of an index file.
///
/// All blobs of a pack belong into one index file.
package func encodeIndex(_ packs: [(PackID, [PackedBlob])]) -> [UInt8] {
  var writer = ByteWriter(capacity: packs.reduce(64) { $0 + 96 + $1.1.count * 160 })
  writer.append(#"{"packs":["#)
  for (index, (pack, blobs)) in packs.enumerated() {
    if index > 0 { writer.append(",") }
    writer.append(#"{"id":"#)
    writer.append(json: pack.digest)
    writer.append(#","blobs":"#)
    writer.append(array: blobs) { $0.append(json: $1) }
    writer.append("}")
  }
  writer.append("]}\n")
  return writer.copied()
}

extension ByteWriter {
  fileprivate mutating func append(json blob: PackedBlob) {
    append(#"{"id":"#)
    append(json: blob.id.digest)
    append(blob.type == .data ? #","type":"data","offset":"# : #","type":"tree","offset":"#)
    append(decimal: UInt64(blob.offset))
    append(#","length":"#)
    append(decimal: UInt64(blob.length))
    if blob.isCompressed {
      append(#","uncompressed_length":"#)
      append(decimal: UInt64(blob.uncompressedLength))
    }
    append("}")
  }
}

/// Reads an index file and calls `each` for every blob in it, pack by pack.
///
/// `supersedes` of old repositories is ignored, which means seeing blobs twice.
///
/// - Throws: ``FormatError`` when it is damaged, after calls for what came before; and what `each`
///   throws.
package func parseIndex(
  _ json: UnsafeRawBufferPointer,
  _ each: (PackID, PackedBlob) throws -> Void
) throws {
  var reader = JSONReader(json, subject: "index")
  guard try reader.enterObject() else { throw reader.failure("no packs") }
  var hasPacks = false
  while let key = try reader.nextKey() {
    guard "packs" ~= key else {
      try reader.skipValue()
      continue
    }
    hasPacks = true
    guard try reader.enterArray() else { continue }
    while try reader.nextElement() { try parsePack(&reader, each) }
  }
  try reader.finish()
  guard hasPacks else { throw reader.failure("no packs") }
}

private func parsePack(
  _ reader: inout JSONReader,
  _ each: (PackID, PackedBlob) throws -> Void
) throws {
  var id: PackID?
  // Other writers may name the pack behind its blobs.
  var early: [PackedBlob] = []
  guard try reader.enterObject() else { throw reader.failure("no pack") }
  while let key = try reader.nextKey() {
    switch key {
    case "id": id = PackID(try reader.digest())
    case "blobs":
      guard try reader.enterArray() else { continue }
      while try reader.nextElement() {
        let blob = try parseBlob(&reader)
        if let id { try each(id, blob) } else { early.append(blob) }
      }
    default: try reader.skipValue()
    }
  }
  guard let id else { throw reader.failure("pack without an id") }
  for blob in early { try each(id, blob) }
}

private func parseBlob(_ reader: inout JSONReader) throws(FormatError) -> PackedBlob {
  var id: Digest?
  var type: BlobType?
  var offset: UInt32 = 0
  var length: UInt32 = 0
  var uncompressedLength: UInt32 = 0
  guard try reader.enterObject() else { throw reader.failure("no blob") }
  while let key = try reader.nextKey() {
    switch key {
    case "id": id = try reader.digest()
    case "type": type = try parseBlobType(&reader)
    case "offset": offset = try reader.unsigned()
    case "length": length = try reader.unsigned()
    case "uncompressed_length": uncompressedLength = try reader.unsigned()
    default: try reader.skipValue()
    }
  }
  guard let id, let type else { throw reader.failure("blob without an id or a type") }
  guard length >= UInt32(Sealer.overhead), !offset.addingReportingOverflow(length).overflow else {
    throw reader.failure("blob with an impossible length")
  }
  return PackedBlob(
    id: BlobID(id),
    type: type,
    offset: offset,
    length: length,
    uncompressedLength: uncompressedLength
  )
}

private func parseBlobType(_ reader: inout JSONReader) throws(FormatError) -> BlobType {
  switch JSONKey(raw: try reader.rawString().bytes) {
  case "data": return .data
  case "tree": return .tree
  default: throw reader.failure("blob of an unknown type")
  }
}
