/// A polynomial over GF(2), bit i being the coefficient of xⁱ.
package struct RabinPolynomial: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  /// Reads hexadecimal digits without a prefix; nil for anything else.
  package init?(hex: String) {
    guard !hex.isEmpty, hex.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else { return nil }
    guard let value = UInt64(hex, radix: 16) else { return nil }
    self.value = value
  }

  /// Lower-case hexadecimal digits without leading zeros.
  package var hex: String { String(value, radix: 16) }

  /// The degree that the chunker needs: its tables and its 8 bits above fill the 64 of a word.
  static let degreeOfChunker = 53

  /// -1 of the polynomial 0.
  var degree: Int { 63 - value.leadingZeroBitCount }

  /// Makes an irreducible polynomial of degree 53 that nobody can predict.
  package static func random() -> RabinPolynomial {
    while true {
      // About 2 of 53 are irreducible.
      let bits = randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
      let top: UInt64 = 1 << UInt64(degreeOfChunker)
      let candidate = RabinPolynomial(bits & (top - 1) | top | 1)
      if candidate.isIrreducible { return candidate }
    }
  }

  /// Whether chunks can be cut with it.
  var cutsChunks: Bool { degree == Self.degreeOfChunker && isIrreducible }

  /// Whether it is no product of others.
  ///
  /// Ben-Or: no polynomial of degree i up to half of ours divides it, which is so when
  /// x^(2^i) − x has no factor in common with it.
  package var isIrreducible: Bool {
    guard degree >= 1 else { return false }
    var power: UInt64 = 2
    guard degree >= 2 else { return true }
    for _ in 0..<degree / 2 {
      power = square(power)
      guard greatestCommonDivisor(value, power ^ 2) == 1 else { return false }
    }
    return true
  }

  /// `factor`² modulo this.
  private func square(_ factor: UInt64) -> UInt64 {
    var result: UInt64 = 0
    var shifted = factor
    var rest = factor
    while rest != 0 {
      if rest & 1 != 0 { result ^= shifted }
      rest >>= 1
      shifted = timesX(shifted)
    }
    return result
  }

  /// `factor`, of a lower degree than this, times x modulo this.
  func timesX(_ factor: UInt64) -> UInt64 {
    let shifted = factor << 1
    return shifted >> UInt64(degree) & 1 != 0 ? shifted ^ value : shifted
  }
}

private func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
  var (left, right) = (left, right)
  while right != 0 {
    while left.leadingZeroBitCount <= right.leadingZeroBitCount, left != 0 {
      left ^= right << UInt64(right.leadingZeroBitCount - left.leadingZeroBitCount)
    }
    (left, right) = (right, left)
  }
  return left
}
