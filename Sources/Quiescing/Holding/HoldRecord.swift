/// Where it is written down what stays held when nobody lets it go.
package protocol HoldRecord: Sendable {
  /// Writes it down durably, before it is held.
  ///
  /// - Throws: ``SystemCallError`` or ``KeeperError`` when it can't be; then it must not be held.
  func note(_ hold: LastingHold) throws

  /// Takes it back after it was let go.
  func drop(_ hold: LastingHold)
}
