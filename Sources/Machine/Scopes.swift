/// Runs `body`, then `release`, whatever happens in between.
///
/// - Throws: The error of `body`; else that of `release`.
package func releasing<Value: ~Copyable>(
  _ body: () throws -> Value,
  release: () throws -> Void
) throws -> Value {
  let value: Value
  do {
    value = try body()
  } catch {
    try? release()  // The first error is the one to report.
    throw error
  }
  try release()
  return value
}
