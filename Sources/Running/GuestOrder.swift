package import Machine

/// What the process that becomes a guest is told: what to mount where, and what to become.
package struct GuestOrder: Hashable {
  /// A frozen piece; its descriptors are open in the process.
  package struct Piece: Hashable {
    var path: FilePath
    var directory: CInt
    /// The file in `directory` that it is; nil when it is that itself.
    var entry: FileName?
    /// The top of the private mount that `directory` is on; -1 for none.
    var mount: CInt
    /// Whether a user named it.
    var isSource: Bool

    package init(
      path: FilePath,
      directory: CInt,
      entry: FileName?,
      mount: CInt,
      isSource: Bool
    ) {
      self.path = path
      self.directory = directory
      self.entry = entry
      self.mount = mount
      self.isSource = isSource
    }
  }

  var main: ProcessID
  var pieces: [Piece]
  /// What is read live though it may lie below a frozen piece.
  var live: [FilePath]
  var kept: [FilePath]
  /// Nil when it can't be named; it is then left as it is.
  var workingDirectory: FilePath?
  var environment: [String: String]
  var ignoredSignals: [CInt]
  /// How many descriptors may be open in it; negative leaves that as it is.
  var descriptorLimit: Int
  /// The program and its arguments.
  var words: [[UInt8]]

  package init(
    main: ProcessID,
    pieces: [Piece],
    live: [FilePath],
    kept: [FilePath],
    workingDirectory: FilePath?,
    environment: [String: String],
    ignoredSignals: [CInt],
    descriptorLimit: Int,
    words: [[UInt8]]
  ) {
    self.main = main
    self.pieces = pieces
    self.live = live
    self.kept = kept
    self.workingDirectory = workingDirectory
    self.environment = environment
    self.ignoredSignals = ignoredSignals
    self.descriptorLimit = descriptorLimit
    self.words = words
  }

  package var encoded: [UInt8] {
    var writer = MessageWriter()
    writer.write(Int(main))
    writer.write(pieces.count)
    for piece in pieces {
      writer.write(piece.path)
      writer.write(Int(piece.directory))
      writer.write(piece.entry.map { Array($0.bytes) } ?? [])
      writer.write(Int(piece.mount))
      writer.write(piece.isSource)
    }
    for paths in [live, kept, workingDirectory.map { [$0] } ?? []] {
      writer.write(paths.count)
      for path in paths { writer.write(path) }
    }
    writer.write(environment.flatMap { [$0.key, $0.value] })
    writer.write(ignoredSignals.count)
    for signal in ignoredSignals { writer.write(Int(signal)) }
    writer.write(descriptorLimit)
    writer.write(words.count)
    for word in words { writer.write(word) }
    return writer.bytes
  }
}

extension GuestOrder {
  package init(decoding bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    main = try reader.small()
    pieces = try reader.list { reader throws(MessageError) in
      let path = try reader.path()
      let directory = try reader.small()
      let entry = try reader.bytes()
      return Piece(
        path: path,
        directory: directory,
        entry: entry.isEmpty ? nil : FileName(entry),
        mount: try reader.small(),
        isSource: try reader.flag()
      )
    }
    live = try reader.list { reader throws(MessageError) in try reader.path() }
    kept = try reader.list { reader throws(MessageError) in try reader.path() }
    workingDirectory = try reader.list { reader throws(MessageError) in try reader.path() }.first
    let texts = try reader.texts()
    environment = [:]
    for index in stride(from: 0, to: texts.count - 1, by: 2) {
      environment[texts[index]] = texts[index + 1]
    }
    ignoredSignals = try reader.list { reader throws(MessageError) in try reader.small() }
    descriptorLimit = Int(try reader.number())
    words = try reader.list { reader throws(MessageError) in try reader.bytes() }
  }
}

extension MessageReader {
  fileprivate mutating func small() throws(MessageError) -> Int32 {
    Int32(truncatingIfNeeded: try number())
  }

  fileprivate mutating func list<Element>(
    _ read: (inout MessageReader) throws(MessageError) -> Element
  ) throws(MessageError) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<(try count()) { elements.append(try read(&self)) }
    return elements
  }
}
