import RepositoryFormat

/// One copy of a blob in memory: 48 bytes.
struct BlobEntry {
  var id: BlobID
  /// The number of its pack in the list that belongs to the table.
  var pack: UInt32
  var offset: UInt32
  var length: UInt32
  var uncompressedLength: UInt32

  /// The pack of a blob that isn't durable yet.
  static let pending = UInt32.max
}

/// Up to 65,536 entries, in memory that is taken as it is filled.
///
/// `@unchecked Sendable`: filled by one thread, later only read, or guarded by its table's owner.
final class BlobSegment: @unchecked Sendable {
  static let capacity = 1 << 16

  private let entries: UnsafeMutablePointer<BlobEntry>
  private(set) var count = 0

  init() { entries = .allocate(capacity: Self.capacity) }

  deinit { entries.deallocate() }

  var isFull: Bool { count == Self.capacity }

  func append(_ entry: BlobEntry) {
    precondition(!isFull, "a segment is full")
    (entries + count).initialize(to: entry)
    count += 1
  }

  subscript(position: Int) -> BlobEntry {
    get { entries[position] }
    set { entries[position] = newValue }
  }
}

/// Segments that grow at the end.
struct BlobSegments {
  private(set) var segments: [BlobSegment] = []

  /// Adds an entry and returns its number: segment in the upper half, position in the lower.
  @discardableResult
  mutating func append(_ entry: BlobEntry) -> UInt32 {
    if segments.last?.isFull ?? true {
      precondition(segments.count < 1 << 16, "an index holds at most 4 billion blobs")
      segments.append(BlobSegment())
    }
    let segment = segments[segments.count - 1]
    segment.append(entry)
    return UInt32(segments.count - 1) << 16 | UInt32(segment.count - 1)
  }

  mutating func append(contentsOf others: BlobSegments) { segments += others.segments }

  var count: Int { segments.reduce(0) { $0 + $1.count } }

  /// Above all numbers that were given.
  var numbersEnd: Int { segments.count << 16 }

  subscript(number: UInt32) -> BlobEntry {
    get { segments[Int(number >> 16)][Int(number & 0xffff)] }
    nonmutating set { segments[Int(number >> 16)][Int(number & 0xffff)] = newValue }
  }

  func forEach(_ body: (UInt32, BlobEntry) throws -> Void) rethrows {
    for (high, segment) in segments.enumerated() {
      for low in 0..<segment.count { try body(UInt32(high) << 16 | UInt32(low), segment[low]) }
    }
  }
}

/// Blobs of one type by id: entries, and a table of their numbers with open addressing.
///
/// About 54 bytes a blob. Ids are hashes already, so their first bits choose the slot.
struct BlobTable {
  private(set) var entries: BlobSegments
  private var slots: [UInt32]
  private(set) var count = 0
  /// Entries that say what another one says.
  private var repeated: Set<UInt32> = []

  private static let empty = UInt32.max

  /// Makes a table of `entries`; those that are there twice are found once.
  init(_ entries: BlobSegments = BlobSegments()) {
    self.entries = entries
    slots = Self.emptySlots(for: entries.count)
    entries.forEach { number, entry in place(number, entry) }
  }

  /// The first copy of a blob.
  func first(_ id: BlobID) -> BlobEntry? { firstNumber(id).map { entries[$0] } }

  /// The number of the first copy of a blob: the same for all copies.
  func firstNumber(_ id: BlobID) -> UInt32? {
    var slot = slot(of: id)
    while slots[slot] != Self.empty {
      if entries[slots[slot]].id == id { return slots[slot] }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return nil
  }

  /// Calls `body` for every copy of every blob, each once.
  func forEach(_ body: (UInt32, BlobEntry) throws -> Void) rethrows {
    guard !repeated.isEmpty else { return try entries.forEach(body) }
    try entries.forEach { number, entry in
      if !repeated.contains(number) { try body(number, entry) }
    }
  }

  /// The numbers of all copies of a blob.
  func numbers(_ id: BlobID) -> [UInt32] {
    var found: [UInt32] = []
    var slot = slot(of: id)
    while slots[slot] != Self.empty {
      if entries[slots[slot]].id == id { found.append(slots[slot]) }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return found
  }

  mutating func insert(_ entry: BlobEntry) {
    let number = entries.append(entry)
    if (count + 1) * 4 > slots.count * 3 {
      slots = Self.emptySlots(for: count * 2 + 1)
      count = 0
      entries.forEach { place($0, $1) }
    } else {
      place(number, entry)
    }
  }

  private static func emptySlots(for count: Int) -> [UInt32] {
    [UInt32](repeating: empty, count: count + count / 3 + 8)
  }

  private func slot(of id: BlobID) -> Int {
    Int(id.digest.words.0.multipliedFullWidth(by: UInt64(slots.count)).high)
  }

  private mutating func place(_ number: UInt32, _ entry: BlobEntry) {
    var slot = slot(of: entry.id)
    while slots[slot] != Self.empty {
      let other = entries[slots[slot]]
      let isSame =
        other.id == entry.id && other.pack == entry.pack && other.offset == entry.offset
        && other.length == entry.length
      if isSame {
        repeated.insert(number)
        return
      }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    slots[slot] = number
    count += 1
  }
}
