import RepositoryFormat
import Testing

@Suite struct `Pack headers` {
  static func blob(_ index: Int, type: BlobType = .data, offset: UInt32, compressed: Bool = true)
    -> PackedBlob
  {
    PackedBlob(
      id: BlobID(sha256(Array("\(index)".utf8))),
      type: type,
      offset: offset,
      length: 53,
      uncompressedLength: compressed ? 12 : 0
    )
  }

  @Test func `of one blob is restic's`() {
    let id = sha256(Array("hello world\n".utf8))
    let blob = PackedBlob(
      id: BlobID(id),
      type: .data,
      offset: 0,
      length: 0x35,
      uncompressedLength: 0x0c
    )
    #expect(encodeHeader([blob]) == [2, 0x35, 0, 0, 0, 0x0c, 0, 0, 0] + id.bytes)
    #expect(blob.headerSize == 41)
  }

  @Test func `keep every kind of blob, and give the places`() throws {
    let blobs = [
      Self.blob(1, offset: 0), Self.blob(2, offset: 53, compressed: false),
      Self.blob(3, type: .tree, offset: 106),
      Self.blob(4, type: .tree, offset: 159, compressed: false),
    ]
    let header = encodeHeader(blobs)
    #expect(header.count == 41 + 37 + 41 + 37)
    #expect(header.count == blobs.reduce(0) { $0 + $1.headerSize })
    #expect(try parseHeader(header) == blobs)
    #expect(blobs.map(\.plainLength) == [12, 21, 12, 21])
    #expect(try parseHeader([]) == [])
  }

  @Test func `that are cut off are an error at every place`() throws {
    let header = encodeHeader([Self.blob(1, offset: 0), Self.blob(2, offset: 53)])
    for count in 1..<header.count where count != 41 {
      #expect(throws: FormatError.self) { try parseHeader(Array(header[..<count])) }
    }
  }

  @Test func `with impossible values are an error`() {
    let header = encodeHeader([Self.blob(1, offset: 0), Self.blob(2, offset: 53)])
    var changes: [[UInt8]] = []
    func change(_ body: (inout [UInt8]) -> Void) {
      var changed = header
      body(&changed)
      changes.append(changed)
    }
    for type in [UInt8(4), 0x80, 0xff] { change { $0[0] = type } }
    change { $0[1] = 31 }
    change { $0[5] = 0 }
    // Two blobs that together are beyond 4 GiB.
    change { header in
      for index in [1, 2, 3, 4, 42, 43, 44, 45] { header[index] = 0xff }
    }
    for changed in changes {
      #expect(throws: FormatError.self) { try parseHeader(changed) }
    }
  }

  @Test func `have a length that fits into their file`() throws {
    #expect(try PackLayout.sealedHeaderSize(lengthField: 73, fileSize: 130) == 73)
    #expect(try PackLayout.sealedHeaderSize(lengthField: 126, fileSize: 130) == 126)
    let impossible: [(UInt32, UInt64)] = [
      (0, 130), (31, 130), (68, 130), (127, 130), (130, 130), (131, 130), (.max, 130),
      (.max, .max), (73, 0), (16 << 20 + 1, .max),
    ]
    for (length, size) in impossible {
      #expect(throws: FormatError.self) {
        try PackLayout.sealedHeaderSize(lengthField: length, fileSize: size)
      }
    }
  }

  @Test func `have restic's limits`() {
    #expect(PackLayout.entriesMax == 409_199)
    #expect(PackLayout.tailSize == 651)
  }
}

@Suite struct `Index files` {
  static func blobs(_ json: String) throws -> [PackedBlob] {
    try packs(ofIndex: Array(json.utf8)).flatMap(\.1)
  }

  static let id = sha256([1]).hex
  static let blob =
    #"{"id":"\#(id)","type":"data","offset":5,"length":53,"uncompressed_length":12}"#

  @Test func `are written as restic writes them`() throws {
    let blob = PackHeaderSamples.blob
    let text =
      #"{"packs":[{"id":"\#(Self.id)","blobs":["#
      + #"{"id":"\#(Self.id)","type":"tree","offset":7,"length":40},\#(Self.blob)]}]}"# + "\n"
    let encoded = encodeIndex([
      (PackID(sha256([1])), [PackHeaderSamples.plainTree, blob])
    ])
    #expect(String(decoding: encoded, as: UTF8.self) == text)
    #expect(try Self.blobs(text) == [PackHeaderSamples.plainTree, blob])
    #expect(String(decoding: encodeIndex([]), as: UTF8.self) == #"{"packs":[]}"# + "\n")
  }

  @Test func `of other writers are read`() throws {
    let text = """
      { "supersedes": ["\(Self.id)"], "packs": [ {"time":"x", "blobs": [ \(Self.blob) ],
        "id":"\(Self.id)", "size":1 } ], "packs_to_delete": null }
      """
    #expect(try Self.blobs(text) == [PackHeaderSamples.blob])
    #expect(try Self.blobs(#"{"packs":null}"#) == [])
  }

  @Test(
    arguments: [
      "", "{}", "[]", #"{"packs":[{}]}"#, #"{"packs":[{"id":"\#(id)","blobs":[{}]}]}"#,
      #"{"packs":[{"id":"\#(id)","blobs":[\#(blob)"#, #"{"packs":[{"blobs":[\#(blob)]}]}"#,
      #"{"packs":[{"id":"\#(id)","blobs":[\#(blob)]}]}}"#,
    ]
      + [
        ("data", "dat"), ("53", "31"), ("\"offset\":5", "\"offset\":4294967290"),
        ("53", "4294967296"),
        ("53", "-53"), ("53", "\"53\""), ("12", "1e3"), (id, "00"), (id, id.uppercased()),
      ].map {
        #"{"packs":[{"id":"\#(sha256([2]).hex)","blobs":[\#(blob.replacing($0, with: $1))]}]}"#
      }
  )
  func `that are none are an error`(text: String) {
    #expect(throws: FormatError.self) { try Self.blobs(text) }
  }

  @Test func `an error of the caller passes`() {
    struct Stop: Error {}
    let text = Array(#"{"packs":[{"id":"\#(Self.id)","blobs":[\#(Self.blob)]}]}"#.utf8)
    #expect(throws: Stop.self) {
      try text.withUnsafeBytes { try parseIndex($0) { _, _ in throw Stop() } }
    }
  }
}

enum PackHeaderSamples {
  static let blob = PackedBlob(
    id: BlobID(sha256([1])),
    type: .data,
    offset: 5,
    length: 53,
    uncompressedLength: 12
  )
  static let plainTree = PackedBlob(
    id: BlobID(sha256([1])),
    type: .tree,
    offset: 7,
    length: 40,
    uncompressedLength: 0
  )
}
