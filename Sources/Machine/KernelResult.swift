/// Turns the result of a `clinux_` function, a value or a negated error number, into a value.
///
/// Calls that a signal interrupted are made again.
///
/// - Throws: ``SystemCallError`` with the reason the kernel gave.
@discardableResult
package func kernelCall<Value: FixedWidthInteger & SignedInteger>(
  _ call: String,
  _ subject: @autoclosure () -> FilePath,
  _ body: () -> Value
) throws(SystemCallError) -> Value {
  while true {
    let value = body()
    if value >= 0 { return value }
    let code = Errno(rawValue: CInt(truncatingIfNeeded: -value))
    if code != .interrupted {
      throw SystemCallError(call: call, subject: subject(), errno: code)
    }
  }
}
