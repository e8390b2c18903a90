import Machine

/// An application that was found and can't be held where it is.
final class UnheldApplication: Quiescer {
  let application: Application
  private let reason: String

  init(_ application: Application, reason: String) {
    self.application = application
    self.reason = reason
  }

  var releasesInPause: Bool { true }

  var refusal: String? { reason }

  func prepare() throws { throw QuiesceError(reason) }

  func hold(until deadline: ContinuousClock.Instant) throws { throw QuiesceError(reason) }

  func release() {}
}
