/// What the roll needs to know of its polynomial.
///
/// The fingerprint of 64 bytes is the polynomial that their bits are, modulo ours. One step takes
/// a byte b in at the end and a byte a out at the beginning:
///
///     F' = (F · x⁸ + b − a · x⁵¹²) mod P = (F << 8 ^ reduce[F >> 45]) ^ b ^ leave[a]
struct ChunkerTables: Sendable {
  /// `leave`, then `reduce`: 256 words each.
  let words: ContiguousArray<UInt64>

  init(_ polynomial: RabinPolynomial) {
    precondition(polynomial.cutsChunks, "the chunker's polynomial is irreducible of degree 53")
    func timesX(_ factor: UInt64, _ count: Int) -> UInt64 {
      (0..<count).reduce(factor) { product, _ in polynomial.timesX(product) }
    }
    let leave = (0..<256).map { timesX(UInt64($0), 8 * 64) }
    // The 8 bits that a shift moves beyond the degree are taken out together with their remainder.
    let reduce = (0..<256).map { timesX(UInt64($0), 53) | UInt64($0) << 53 }
    words = ContiguousArray(leave + reduce)
  }
}
