/// An error that knows what caused it and what to do about it.
///
/// Its description says what was attempted on what, in lower case, without a final period and
/// without the cause: whoever prints it walks the chain.
package protocol ExplainedError: Error, CustomStringConvertible {
  var cause: (any Error)? { get }
  /// What the user can do, when there is something.
  var hint: String? { get }
}

extension ExplainedError {
  package var hint: String? { nil }
}
