/// Reads a tree blob's nodes.
struct TreeDecoder {
  private var reader: JSONReader
  // Most nodes of a directory have the same owner: its name is kept once for all of them.
  private var user: [UInt8] = []
  private var group: [UInt8] = []

  init(_ bytes: UnsafeRawBufferPointer) {
    reader = JSONReader(bytes, subject: "tree")
  }

  mutating func tree() throws(FormatError) -> [Node] {
    var nodes: [Node]?
    guard try reader.enterObject() else { throw reader.failure("no nodes") }
    while let key = try reader.nextKey() {
      switch key {
      case "nodes": nodes = try allNodes()
      default: try reader.skipValue()
      }
    }
    try reader.finish()
    guard let nodes else { throw reader.failure("no nodes") }
    return nodes
  }

  private mutating func allNodes() throws(FormatError) -> [Node] {
    var nodes: [Node] = []
    if try reader.enterArray() {
      while try reader.nextElement() { nodes.append(try node()) }
    }
    return nodes
  }

  private mutating func node() throws(FormatError) -> Node {
    var node = Node(name: [], type: .irregular)
    var type: NodeType?
    var rawTarget: [UInt8] = []
    guard try reader.enterObject() else { throw reader.failure("no node") }
    while let key = try reader.nextKey() {
      switch key {
      case "name": node.name = try name()
      case "type": type = try nodeType()
      case "mode": node.mode = try reader.unsigned()
      case "mtime": node.modified = try reader.time()
      case "atime": node.accessed = try reader.time()
      case "ctime": node.changed = try reader.time()
      case "uid": node.userID = try reader.unsigned()
      case "gid": node.groupID = try reader.unsigned()
      case "user":
        user = try text(likely: user)
        node.user = user
      case "group":
        group = try text(likely: group)
        node.group = group
      case "inode": node.inode = try reader.unsigned()
      case "device_id": node.deviceID = try reader.unsigned()
      case "size": node.size = try reader.unsigned()
      case "links": node.links = try reader.unsigned()
      case "content": node.content = try content()
      case "subtree": node.subtree = try reader.optionalDigest().map(BlobID.init)
      case "linktarget": node.linkTarget = try reader.string()
      case "linktarget_raw": rawTarget = try reader.base64()
      case "device": node.device = try reader.unsigned()
      case "extended_attributes": node.attributes = try attributes()
      case "generic_attributes": node.genericAttributes = try genericAttributes()
      default: try reader.skipValue()
      }
    }
    if !rawTarget.isEmpty { node.linkTarget = rawTarget }
    guard let type else { throw reader.failure("node without a type") }
    node.type = type
    return node
  }

  private mutating func name() throws(FormatError) -> [UInt8] {
    guard let name = goUnquoted(try reader.string()) else {
      throw reader.failure("name with an unknown escape")
    }
    return name
  }

  private mutating func nodeType() throws(FormatError) -> NodeType {
    switch JSONKey(raw: try reader.rawString().bytes) {
    case "file": return .file
    case "dir": return .dir
    case "symlink": return .symlink
    case "dev": return .dev
    case "chardev": return .chardev
    case "fifo": return .fifo
    case "socket": return .socket
    case "irregular": return .irregular
    default:
      var error = reader.failure("node of an unknown type")
      error.isNewer = true
      throw error
    }
  }

  /// Reads a string; returns `last` itself when it is the same.
  private mutating func text(likely last: [UInt8]) throws(FormatError) -> [UInt8] {
    let start = reader.position
    if reader.peek() == UInt8(ascii: "\"") {
      let raw = try reader.rawString()
      if !raw.hasEscapes, isEqual(last, raw.bytes) { return last }
    }
    reader.position = start
    return try reader.string()
  }

  private mutating func content() throws(FormatError) -> [BlobID]? {
    guard try reader.enterArray() else { return nil }
    var content: [BlobID] = []
    while try reader.nextElement() { content.append(BlobID(try reader.digest())) }
    return content
  }

  private mutating func attributes() throws(FormatError) -> [NodeAttribute] {
    var attributes: [NodeAttribute] = []
    guard try reader.enterArray() else { return attributes }
    while try reader.nextElement() {
      var attribute = NodeAttribute(name: [], value: [])
      guard try reader.enterObject() else { throw reader.failure("no attribute") }
      while let key = try reader.nextKey() {
        switch key {
        case "name": attribute.name = try reader.string()
        case "value": attribute.value = try reader.base64()
        default: try reader.skipValue()
        }
      }
      attributes.append(attribute)
    }
    return attributes
  }

  private mutating func genericAttributes() throws(FormatError) -> [UInt8] {
    if try reader.readNull() { return [] }
    return [UInt8](try reader.skipValue())
  }
}

private func isEqual(_ left: [UInt8], _ right: UnsafeRawBufferPointer) -> Bool {
  guard left.count == right.count else { return false }
  for index in 0..<left.count where left[index] != right[index] { return false }
  return true
}
