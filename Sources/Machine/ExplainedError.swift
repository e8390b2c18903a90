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

/// An error and its causes in one line, for where only one is to be had.
package func explanation(of error: any Error) -> String {
  guard let cause = (error as? any ExplainedError)?.cause else { return "\(error)" }
  return "\(error): \(explanation(of: cause))"
}
