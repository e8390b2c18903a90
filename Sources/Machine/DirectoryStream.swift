import CLinux

/// The names in a directory at one reading, sorted by their bytes, without `.` and `..`.
///
/// All names share one piece of memory; a name that was seen twice is kept once.
package struct DirectoryListing: Sendable {
  /// The names, each with a closing zero.
  private let bytes: ContiguousArray<UInt8>
  private let entries: ContiguousArray<Entry>

  private struct Entry {
    var offset: UInt32
    var length: UInt16
    var type: UInt8
    var inode: UInt64
  }

  /// Reads all names of the open `directory`, from its beginning.
  ///
  /// The corresponding C function is `getdents64`.
  ///
  /// - Parameters:
  ///   - directory: Open for reading.
  ///   - subject: What it is, for the error.
  /// - Throws: ``SystemCallError``.
  package init(
    reading directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    var bytes: ContiguousArray<UInt8> = []
    var entries: ContiguousArray<Entry> = []
    try setPosition(of: directory, to: 0, subject: subject())
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = try kernelCall("getdents64", subject()) {
        clinux_getdents(directory, buffer.baseAddress, buffer.count)
      }
      if count == 0 { break }
      Self.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: &bytes, &entries)
    }
    self.bytes = bytes
    self.entries = Self.sorted(entries, by: bytes)
  }

  /// Makes a listing of `names`, sorted here.
  package init(_ names: [FileName]) { self.init([], [], adding: names) }

  private init(
    _ bytes: ContiguousArray<UInt8>,
    _ entries: ContiguousArray<Entry>,
    adding names: [FileName]
  ) {
    var bytes = bytes
    var entries = entries
    for name in names {
      entries.append(
        Entry(
          offset: UInt32(bytes.count),
          length: UInt16(name.terminated.count - 1),
          type: 0,
          inode: 0
        )
      )
      bytes.append(contentsOf: name.terminated)
    }
    self.bytes = bytes
    self.entries = Self.sorted(entries, by: bytes)
  }

  package var count: Int { entries.count }

  /// Calls `body` with a name: its bytes, after which a zero stands.
  package func withName<Value, Failure: Error>(
    at index: Int,
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let entry = entries[index]
    return try bytes.withUnsafeBufferPointer { (all) throws(Failure) -> Value in
      let start = all.baseAddress.map { $0 + Int(entry.offset) }
      return try body(UnsafeRawBufferPointer(start: start, count: Int(entry.length)))
    }
  }

  /// The name as a value of its own.
  package func name(at index: Int) -> FileName { withName(at: index) { FileName($0) } }

  /// Whether the name is that of a directory, as far as the listing told.
  package func isKnownDirectory(at index: Int) -> Bool { entries[index].type == 4 }

  /// The type bits as `st_mode` has them, as far as the listing told; otherwise 0.
  package func typeBits(at index: Int) -> UInt32 { UInt32(entries[index].type) << 12 }

  /// The listing with `names`, those that it lacks.
  package func adding(_ names: [FileName]) -> DirectoryListing {
    names.isEmpty ? self : DirectoryListing(bytes, entries, adding: names)
  }

  /// Whether the name is that of a regular file, as far as the listing told.
  package func isKnownFile(at index: Int) -> Bool { entries[index].type == 8 }

  /// The inode behind the name, as the listing told; 0 when it was made of names.
  ///
  /// Where something is mounted it is the inode below.
  package func inode(at index: Int) -> UInt64 { entries[index].inode }

  /// Where `name` stands; nil when it isn't there.
  package func index(of name: UnsafeRawBufferPointer) -> Int? {
    var range = 0..<count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let order = withName(at: middle) { compareBytes($0, name) }
      if order == 0 { return middle }
      range = order < 0 ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  private static func append(
    _ records: UnsafeRawBufferPointer,
    to bytes: inout ContiguousArray<UInt8>,
    _ entries: inout ContiguousArray<Entry>
  ) {
    var position = 0
    while position < records.count {
      var length: UInt16 = 0
      var inode: UInt64 = 0
      var type: UInt8 = 0
      var nameOffset: UInt16 = 0
      let record = UnsafeRawBufferPointer(rebasing: records[position...])
      clinux_directory_record(record.baseAddress, &length, &inode, &type, &nameOffset)
      let field = record[Int(nameOffset)..<Int(length)]
      let name = field.prefix { $0 != 0 }
      if !name.elementsEqual([0x2e]), !name.elementsEqual([0x2e, 0x2e]) {
        entries.append(
          Entry(
            offset: UInt32(bytes.count),
            length: UInt16(name.count),
            type: type,
            inode: inode
          )
        )
        bytes.append(contentsOf: name)
        bytes.append(0)
      }
      position += Int(length)
    }
  }

  private static func sorted(
    _ entries: ContiguousArray<Entry>,
    by bytes: ContiguousArray<UInt8>
  ) -> ContiguousArray<Entry> {
    bytes.withUnsafeBytes { all in
      func order(_ left: Entry, _ right: Entry) -> Int {
        compareBytes(
          UnsafeRawBufferPointer(
            rebasing: all[Int(left.offset)..<Int(left.offset) + Int(left.length)]
          ),
          UnsafeRawBufferPointer(
            rebasing: all[Int(right.offset)..<Int(right.offset) + Int(right.length)]
          )
        )
      }
      var sorted = entries
      sorted.sort { order($0, $1) < 0 }
      var kept: ContiguousArray<Entry> = []
      kept.reserveCapacity(sorted.count)
      for entry in sorted {
        if let last = kept.last, order(last, entry) == 0 { continue }
        kept.append(entry)
      }
      return kept
    }
  }
}
