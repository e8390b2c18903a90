import Machine
import Quiescing

/// The applications of one try to reach an instant: found, held around it, and what became of each.
final class Quiescence {
  private let search: ApplicationSearch?
  private let options: QuiesceOptions
  private var applications: Applications?
  /// Those whose files are not of one instant; they are in their backup mode from before the
  /// instant on, since copies are made then already.
  private(set) var online = OnlineBackups([])
  /// Those that nobody held, since somebody began to use them too late.
  private var late: [ApplicationResult] = []

  /// Looks for nobody yet.
  ///
  /// - Parameters:
  ///   - scope: Where they are looked for; nil when none is to be held.
  ///   - options: How they are held.
  init(_ scope: ApplicationScope?, _ options: QuiesceOptions) {
    search = scope.map { ApplicationSearch(in: $0, options) }
    self.options = options
  }

  /// Finds them, and does what takes long.
  ///
  /// - Parameters:
  ///   - asked: What else is to be held.
  ///   - interruption: Ends it early.
  /// - Throws: ``Interrupted``.
  func prepare(besides asked: [any Quiescer] = [], _ interruption: Interruption) throws {
    let found = search?.find()
    online = OnlineBackups(found?.online ?? [])
    let isWanted = found != nil || !asked.isEmpty
    let applications =
      isWanted ? Applications(asked + (found?.quiescers ?? []), options) : nil
    self.applications = applications
    try applications?.prepare(interruption)
  }

  /// Brings all of them to a clean point.
  func hold() { applications?.hold() }

  /// There will be no instant for them.
  func giveUp(because reason: String) { applications?.giveUp(because: reason) }

  /// The volume snapshots were taken: lets go who needs nobody's help for it, and looks who came
  /// too late to be held.
  ///
  /// - Parameter writers: Everybody who could write, while all of them stand still; nil when nobody
  ///   does.
  func noteInstant(holding writers: [ProcessID]? = nil) {
    applications?.releaseInPause()
    late = search?.findLate(among: writers) ?? []
  }

  /// Lets everybody go; twice is not an error.
  func release() { applications?.release() }

  /// What went wrong when they were let go.
  var complaints: [String] { applications?.complaints ?? [] }

  /// Whether applications were looked for.
  var looksForApplications: Bool { search != nil }

  /// What became of each; nil when none was looked for or asked for.
  var results: [ApplicationResult]? { applications.map { $0.results + late } }
}
