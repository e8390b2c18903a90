import RepositoryFormat
import Testing

@Suite struct `Trees` {
  static func decoded(_ text: String) throws -> [Node] {
    try Array(text.utf8).withUnsafeBytes { try decodeTree($0) }
  }

  static func tree(_ members: String) -> String { #"{"nodes":[{\#(members)}]}"# + "\n" }

  @Test func `restic's trees come out as they went in`() throws {
    let blobs = try Fixtures.treeBlobs()
    #expect(blobs.count == 17)
    for (id, bytes) in blobs {
      #expect(sha256(bytes) == id)
      let nodes = try bytes.withUnsafeBytes { try decodeTree($0) }
      #expect(encodeTree(nodes) == bytes, "tree \(id.hex)")
    }
  }

  @Test func `an empty directory has restic's id`() {
    #expect(
      sha256(encodeTree([])).hex
        == "ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"
    )
  }

  static var everything: Node {
    let time = NodeTime(seconds: 1_800_000_000, nanoseconds: 120_000_000, utcOffset: -12_600)
    var node = Node(name: Array("a\"b\\c<&>\u{a0}\u{1F600}".utf8) + [0xff, 0x0a], type: .file)
    node.mode = 0o644
    node.modified = time
    node.accessed = time
    node.changed = NodeTime(seconds: -1, nanoseconds: 999_999_999, utcOffset: 20_700)
    node.userID = .max
    node.user = Array("<root>".utf8)
    node.group = Array("ü".utf8)
    node.inode = .max
    node.deviceID = 1 << 52
    node.size = .max
    node.links = 2
    node.linkTarget = [0xff, 0x41, 0xe2, 0x80, 0xa8]
    node.attributes = [
      NodeAttribute(name: Array("user.x".utf8), value: []),
      NodeAttribute(name: Array("user.a".utf8), value: [0, 255]),
    ]
    node.genericAttributes = Array(#"{"windows.file_attributes":32}"#.utf8)
    node.device = 2049
    node.content = [BlobID(sha256([1])), BlobID(sha256([2]))]
    node.subtree = BlobID(sha256([3]))
    return node
  }

  @Test func `every member is kept, in restic's order`() throws {
    let encoded = encodeTree([Self.everything])
    #expect(try encoded.withUnsafeBytes { try decodeTree($0) } == [Self.everything])
    let expected =
      #"{"nodes":[{"name":"a\\\"b\\\\c\u003c\u0026\u003e\\u00a0😀\\xff\\n","type":"file","#
      + #""mode":420,"mtime":"2027-01-15T04:30:00.12-03:30","#
      + #""atime":"2027-01-15T04:30:00.12-03:30","#
      + #""ctime":"1970-01-01T05:44:59.999999999+05:45","uid":4294967295,"gid":0,"#
      + #""user":"\u003croot\u003e","group":"ü","inode":18446744073709551615,"#
      + #""device_id":4503599627370496,"size":18446744073709551615,"links":2,"#
      + #""linktarget":"\ufffdA\u2028","linktarget_raw":"/0HigKg=","extended_attributes":["#
      + #"{"name":"user.x","value":""},{"name":"user.a","value":"AP8="}],"#
      + #""generic_attributes":{"windows.file_attributes":32},"device":2049,"#
      + #""content":["\#(sha256([1]).hex)","\#(sha256([2]).hex)"],"#
      + #""subtree":"\#(sha256([3]).hex)"}]}"# + "\n"
    #expect(String(decoding: encoded, as: UTF8.self) == expected)
  }

  @Test func `what is empty is left out, but for owners, times and content`() throws {
    let node = Node(name: [0x61], type: .fifo)
    let epoch = "1970-01-01T00:00:00Z"
    #expect(
      String(decoding: encodeTree([node]), as: UTF8.self)
        == Self.tree(
          #""name":"a","type":"fifo","mtime":"\#(epoch)","atime":"\#(epoch)","#
            + #""ctime":"\#(epoch)","uid":0,"gid":0,"content":null"#
        )
    )
    var file = Node(name: [0x62], type: .file)
    file.content = []
    #expect(String(decoding: encodeTree([file]), as: UTF8.self).contains(#""content":[]"#))
  }

  @Test func `other writers' trees are read`() throws {
    let text = """
      { "unknown" : [ {"x": "]}"}, -1.5E+3, true ], "nodes" : [
        { "type":"symlink", "linktarget":"caf\\u00e9 \\ud83d\\ude00 \\ud83d x", "name":"l\\/1",
          "atime":null, "subtree":null, "user":null, "extended_attributes":null, "error":"e" } ] }
      """
      .replacing(#""atime":null, "#, with: "")
    let nodes = try Self.decoded(text)
    #expect(nodes.count == 1)
    #expect(nodes.first?.name == Array("l/1".utf8))
    #expect(nodes.first?.linkTarget == Array("café 😀 \u{fffd} x".utf8))
    #expect(nodes.first?.content == nil)
    #expect(nodes.first?.hasUsableName == false)
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "nodes", #"{"nodes":"#, #"{"nodes":[}"#, #"{"nodes":[{}]}"#,
    #"{"nodes":[]} x"#, #"{"nodes":[],}"#, #"{"nodes":[,]}"#, #"{"nodes":[null]}"#,
    tree(#""name":"a","type":"door""#), tree(#""name":"a\\q","type":"file""#),
    tree(#""name":"a\q","type":"file""#), tree(#""name":"\\ud800","type":"file""#),
    tree(#""name":"a","type":"file","mode":4294967296"#),
    tree(#""name":"a","type":"file","mode":-1"#), tree(#""name":"a","type":"file","mode":1.5"#),
    tree(#""name":"a","type":"file","inode":18446744073709551616"#),
    tree(#""name":"a","type":"file","inode":99999999999999999999999"#),
    tree(#""name":"a","type":"file","content":["aa"]"#),
    tree(#""name":"a","type":"file","content":"aa""#),
    tree(#""name":"a","type":"file","mtime":"yesterday""#),
    tree(#""name":"a","type":"symlink","linktarget_raw":"=AAA""#),
    tree("\"name\":\"a\u{1}\",\"type\":\"file\""), tree(#""name":"a" "type":"file""#),
    tree(#""name":"a","type":"file","x":01"#), tree(#""name":"a","type":"file","x":+1"#),
    tree(#""name":"a","type":"file","x":1."#), tree(#""name":"a","type":"file","x":nul"#),
  ])
  func `what is no tree is an error`(text: String) {
    #expect(throws: FormatError.self) { try Self.decoded(text) }
  }

  @Test func `values nested without end are an error`() {
    let deep = String(repeating: "[", count: 1_000_000)
    #expect(throws: FormatError.self) { try Self.decoded(#"{"x":"# + deep) }
  }

  @Test func `names that can't be entries are known`() {
    for name in ["", ".", "..", "a/b", "/", "a\0"] {
      #expect(!Node(name: Array(name.utf8), type: .file).hasUsableName)
    }
    for name in ["a", "...", " ", "\n"] {
      #expect(Node(name: Array(name.utf8), type: .file).hasUsableName)
    }
  }
}

@Suite struct `Modes` {
  @Test(
    arguments: [
      (0o040755, 2_147_484_141, .dir), (0o120777, 134_218_239, .symlink), (0o100644, 420, .file),
      (0o107777, 13_631_999, .file), (0o060640, 67_109_280, .dev), (0o020600, 69_206_400, .chardev),
      (0o010644, 33_554_852, .fifo), (0o041777, 2_148_532_735, .dir), (0o100000, 0, .file),
      (0o140755, 16_777_709, .socket), (0o160000, 524_288, .irregular),
    ] as [(UInt32, UInt32, NodeType)]
  )
  func `are Go's`(mode: UInt32, goMode: UInt32, type: NodeType) {
    #expect(goFileMode(fromMode: mode) == goMode)
    #expect(permissions(fromGo: goMode) == mode & 0o7777)
    #expect(nodeType(fromMode: mode) == type)
  }
}
