/// Bytes that grow at their end.
struct ByteWriter: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1024) {
    self.capacity = max(64, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 8)
  }

  deinit { base.deallocate() }

  /// What was written so far; valid until the next call that writes.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  func copied() -> [UInt8] { [UInt8](bytes) }

  /// Makes room for `more` bytes.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let capacity = max(self.capacity * 2, count + more)
    let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    base.copyMemory(from: self.base, byteCount: count)
    self.base.deallocate()
    self.base = base
    self.capacity = capacity
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  @inline(__always)
  mutating func append(_ literal: StaticString) {
    let size = literal.utf8CodeUnitCount
    reserve(size)
    (base + count).copyMemory(from: literal.utf8Start, byteCount: size)
    count += size
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  mutating func append(decimal value: UInt64) {
    reserve(20)
    var size = 1
    var rest = value
    while rest > 9 {
      rest /= 10
      size += 1
    }
    rest = value
    var index = count + size
    repeat {
      index -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      base.storeBytes(
        of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit),
        toByteOffset: index,
        as: UInt8.self
      )
      rest = quotient
    } while rest > 0
    count += size
  }

  /// Appends the last `width` decimal digits of `value`, with zeros in front.
  mutating func append(_ value: Int, width: Int) {
    reserve(width)
    var rest = value
    for index in stride(from: count + width - 1, through: count, by: -1) {
      base.storeBytes(
        of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10),
        toByteOffset: index,
        as: UInt8.self
      )
      rest /= 10
    }
    count += width
  }

  /// Appends 64 hexadecimal digits.
  mutating func append(hex digest: Digest) {
    reserve(64)
    digest.writeHexDigits(to: base + count)
    count += 64
  }
}
