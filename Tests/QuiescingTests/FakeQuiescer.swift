import Machine
import Quiescing
import Synchronization

/// What happened to fakes, in order.
final class Diary: Sendable {
  private let lines = Mutex<[String]>([])

  func note(_ line: String) { lines.withLock { $0.append(line) } }

  var entries: [String] { lines.withLock { $0 } }
}

/// An application that notes what is done to it.
final class FakeQuiescer: Quiescer {
  let application: Application
  let releasesInPause: Bool
  private let diary: Diary
  private let failing: String?
  private let failure: any Error
  private let delay: Duration

  /// - Parameters:
  ///   - name: What it is called in the diary.
  ///   - diary: Where it notes.
  ///   - releasesInPause: Whether it needs nobody's help to let go.
  ///   - failing: The step that fails, such as `hold`.
  ///   - failure: How it fails.
  ///   - delay: How long holding it takes.
  init(
    _ name: String,
    _ diary: Diary,
    releasesInPause: Bool = false,
    failing: String? = nil,
    with failure: any Error = QuiesceError("it can't be"),
    holdingTakes delay: Duration = .zero
  ) {
    application = Application(kind: "Fake", path: FilePath("/\(name)"))
    self.diary = diary
    self.releasesInPause = releasesInPause
    self.failing = failing
    self.failure = failure
    self.delay = delay
  }

  private func step(_ name: String) throws {
    diary.note("\(name) \(application.path.lastComponent?.string ?? "")")
    if failing == name { throw failure }
  }

  func prepare() throws { try step("prepare") }

  func hold(until deadline: ContinuousClock.Instant) throws {
    if delay > .zero { _ = StopSignal().wait(for: delay) }
    try step("hold")
  }

  func confirm() throws { try step("confirm") }

  func release() { diary.note("release \(application.path.lastComponent?.string ?? "")") }
}
