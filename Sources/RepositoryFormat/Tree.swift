/// Returns the bytes of a tree blob, exactly as restic writes them.
///
/// `nodes` are sorted by their names' bytes and no two have the same name.
package func encodeTree(_ nodes: [Node]) -> [UInt8] {
  var writer = ByteWriter(capacity: nodes.count * 512 + 64)
  writer.append(#"{"nodes":["#)
  var previous: [UInt8]?
  for node in nodes {
    if let previous {
      precondition(precedes(previous, node.name), "nodes ascend by name")
      writer.append(UInt8(ascii: ","))
    }
    writer.append(json: node)
    previous = node.name
  }
  writer.append("]}\n")
  return writer.copied()
}

/// Whether no name comes after a later one or twice, as ``encodeTree(_:)`` needs it.
package func areAscending(_ nodes: [Node]) -> Bool {
  zip(nodes, nodes.dropFirst()).allSatisfy { precedes($0.name, $1.name) }
}

private func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.withUnsafeBytes { left in
    right.withUnsafeBytes { right in
      for index in 0..<min(left.count, right.count) where left[index] != right[index] {
        return left[index] < right[index]
      }
      return left.count < right.count
    }
  }
}

/// Reads a tree blob.
///
/// Nodes come in the order stored and with the names stored, see ``Node/hasUsableName``; members
/// that restic doesn't know are left out.
///
/// - Throws: ``FormatError`` when it is damaged.
package func decodeTree(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> [Node] {
  var decoder = TreeDecoder(bytes)
  return try decoder.tree()
}

extension Node {
  /// Whether the name can be a directory entry: not empty, not `.` or `..`, without slash or zero.
  ///
  /// Trees are read with whatever names they have; whoever creates files asks this first.
  package var hasUsableName: Bool {
    !name.isEmpty && name != [0x2e] && name != [0x2e, 0x2e] && !name.contains(0x2f)
      && !name.contains(0)
  }
}

extension ByteWriter {
  /// Appends `node` with restic's members, in restic's order.
  fileprivate mutating func append(json node: Node) {
    append(#"{"name":"#)
    append(quotedJSON: node.name)
    append(#","type":""#)
    append(literal(of: node.type))
    append("\"")
    appendNumber(#","mode":"#, UInt64(node.mode))
    appendTimes(of: node)
    append(#","uid":"#)
    append(decimal: UInt64(node.userID))
    append(#","gid":"#)
    append(decimal: UInt64(node.groupID))
    appendText(#","user":"#, node.user)
    appendText(#","group":"#, node.group)
    appendNumber(#","inode":"#, node.inode)
    appendNumber(#","device_id":"#, node.deviceID)
    appendNumber(#","size":"#, node.size)
    appendNumber(#","links":"#, node.links)
    appendLinkTarget(of: node)
    appendAttributes(of: node)
    appendNumber(#","device":"#, node.device)
    append(#","content":"#)
    if let content = node.content {
      append(array: content) { $0.append(json: $1.digest) }
    } else {
      append("null")
    }
    if let subtree = node.subtree {
      append(#","subtree":"#)
      append(json: subtree.digest)
    }
    append("}")
  }

  private func literal(of type: NodeType) -> StaticString {
    switch type {
    case .file: "file"
    case .dir: "dir"
    case .symlink: "symlink"
    case .dev: "dev"
    case .chardev: "chardev"
    case .fifo: "fifo"
    case .socket: "socket"
    case .irregular: "irregular"
    }
  }

  @inline(__always)
  private mutating func appendNumber(_ key: StaticString, _ value: UInt64) {
    guard value != 0 else { return }
    append(key)
    append(decimal: value)
  }

  @inline(__always)
  private mutating func appendText(_ key: StaticString, _ text: [UInt8]) {
    guard !text.isEmpty else { return }
    append(key)
    append(json: text)
  }

  private mutating func appendTimes(of node: Node) {
    append(#","mtime":"#)
    append(json: node.modified)
    append(#","atime":"#)
    append(json: node.accessed)
    append(#","ctime":"#)
    append(json: node.changed)
  }

  private mutating func appendLinkTarget(of node: Node) {
    guard !node.linkTarget.isEmpty else { return }
    append(#","linktarget":"#)
    append(json: node.linkTarget)
    if !node.linkTarget.withUnsafeBytes({ isUTF8($0) }) {
      append(#","linktarget_raw":"#)
      append(base64: node.linkTarget)
    }
  }

  private mutating func appendAttributes(of node: Node) {
    if !node.attributes.isEmpty {
      append(#","extended_attributes":"#)
      append(array: node.attributes) { writer, attribute in
        writer.append(#"{"name":"#)
        writer.append(json: attribute.name)
        writer.append(#","value":"#)
        writer.append(base64: attribute.value)
        writer.append("}")
      }
    }
    if !node.genericAttributes.isEmpty {
      append(#","generic_attributes":"#)
      append(node.genericAttributes)
    }
  }
}
