package import Machine

/// What became of an application that was found.
package struct ApplicationResult: Hashable, Sendable {
  package var application: Application
  /// How long it was held over the instant; nil when it wasn't.
  package var held: Duration?
  /// Why it wasn't held; nil when it was.
  package var reason: String?

  package init(_ application: Application, heldFor held: Duration) {
    self.application = application
    self.held = held
  }

  package init(_ application: Application, notHeldBecause reason: String) {
    self.application = application
    self.reason = reason
  }

  package var path: FilePath { application.path }

  /// For people: what became of it, but for how long.
  package var text: String {
    let name = "\(application.kind) \(application.path)"
    return reason.map { "\(name) was not held: \($0)" } ?? "\(name) was held"
  }
}
