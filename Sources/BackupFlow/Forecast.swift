package import Machine
package import Pausing
package import Planning
package import Quiescing

/// What a backup would reach, found out without touching anything.
package struct Forecast: Sendable {
  package struct Piece: Hashable, Sendable {
    package var path: FilePath
    /// Such as `btrfs` or `live`; nil when its content isn't read.
    package var mechanism: String?
    /// Nil when its content isn't read.
    package var grade: Grade?
    /// Why it isn't read, or not better.
    package var reason: String?
    /// What names its volume whatever that is mounted as; empty for what has none.
    package var identity: String
    /// The devices that a logical volume lies on, or that lie on one, as people say it.
    package var devices: String?
    /// How many bytes of its volume group a thick volume snapshot takes while it is read.
    package var storeBytes: UInt64?
  }

  package var pieces: [Piece]
  package var writers: WriterList
  /// An application that would be held for the instant, or named.
  package struct Found: Hashable, Sendable {
    package var application: Application
    /// Why it can't be held; nil when it may be.
    package var reason: String?
  }

  package var applications: [Found] = []
  /// Whether writers would be held for the instant.
  package var isPaused: Bool
  /// Whether we may do everything that an instant needs.
  package var isPrivileged: Bool
  /// Whether everything is read live because that was asked for.
  package var isLiveByChoice: Bool

  /// The lowest grade of any piece that is read; `application` when it is an instant and there are
  /// applications to be held, if all of them can be.
  package var grade: Grade {
    let lowest = pieces.compactMap(\.grade).min() ?? .instant
    let areHeld =
      applications.contains { $0.application.hasCleanPoint }
      && applications.allSatisfy { $0.reason == nil }
    return lowest == .instant && areHeld ? .application : lowest
  }
}

/// Says what a backup of `request` would reach now.
///
/// - Returns: The forecast; a file that keeps changing can still lower the grade.
/// - Throws: ``PlanError``; ``SystemCallError`` when a volume can't be opened.
package func forecast(_ request: StillnessRequest) throws -> Forecast {
  let inputs = try request.planInputs()
  let plan = try makePlan(policy: request.policy, inputs: inputs)
  let mayHold = mayAdministrate
  let isPaused = plan.needsPause && request.pause.isAllowed && mayHold
  let doubt: String? =
    if !plan.needsPause || isPaused {
      nil
    } else if mayHold {
      "writers are not held: --no-pause"
    } else {
      "writers of other users can't be held without root"
    }
  var forecast = Forecast(
    pieces: request.livePieces.map { Forecast.Piece($0) }
      + plan.pieces.map { piece in
        var found = plan.forecast(of: piece, doubt: doubt)
        inputs.describeDevices(of: &found)
        return found
      } + plan.unread.map { Forecast.Piece(path: $0.path, reason: $0.reason, identity: "") },
    writers: try listWriters(on: plan.volumes.map(\.directory)),
    isPaused: isPaused,
    isPrivileged: mayHold,
    isLiveByChoice: request.policy == .off
  )
  if let scope = request.scope(of: plan, inputs) {
    let found = ApplicationSearch(in: scope, request.quiescing).find()
    forecast.applications =
      found.quiescers.map { Forecast.Found(application: $0.application, reason: $0.refusal) }
      + found.online.map { Forecast.Found(application: $0.application) }
    forecast.applications.sort {
      $0.application.path.bytes.lexicographicallyPrecedes($1.application.path.bytes)
    }
  }
  let asked = try quiescers(for: request.quiescing.asked, record: NoRecord()) { directory in
    refusalToFreeze(directory, plan, stateFolder: request.stateFolder)
  }
  forecast.applications += asked.map {
    Forecast.Found(application: $0.application, reason: $0.refusal)
  }
  return forecast
}

/// Nothing is held in a forecast.
private struct NoRecord: HoldRecord {
  func note(_ hold: LastingHold) {}
  func drop(_ hold: LastingHold) {}
}

extension Forecast.Piece {
  fileprivate init(_ piece: Stillness.GradedPiece) {
    self.init(
      path: piece.path,
      mechanism: piece.mechanism,
      grade: piece.grade,
      reason: piece.reason,
      identity: piece.identity
    )
  }
}

extension PlanInputs {
  /// Adds what is known of the logical volume below a piece.
  fileprivate func describeDevices(of piece: inout Forecast.Piece) {
    guard let mount = mount(of: piece.path), let device = lvm.devices[mount.device] else { return }
    piece.devices = "\(mount.type) on \(device)"
    guard piece.mechanism == Mechanism.lvm.rawValue, let store = lvm.store(for: piece.identity)
    else { return }
    let rate = lvm.rates[mount.device] ?? 0
    piece.storeBytes = store.extents(writingPerSecond: rate) * store.extentBytes
  }
}

extension Plan {
  fileprivate func forecast(of piece: PlannedPiece, doubt: String?) -> Forecast.Piece {
    var found = Forecast.Piece(path: piece.path, identity: "")
    switch piece.coverage {
    case .frozen(let key, _):
      let volume = volume(key)
      found.mechanism = volume?.mechanism.rawValue
      found.identity = volume?.identity ?? ""
      found.grade = gradeExpected(of: piece, isProven: doubt == nil)
      found.reason = doubt ?? limit(of: piece)
    case .held(let key, let reason):
      found.mechanism = volume(key)?.mechanism.rawValue
      found.grade = gradeExpected(of: piece, isProven: doubt == nil)
      found.reason = doubt ?? "\(reason); what changes while it is read is named"
    case .live(let reason):
      found.mechanism = "live"
      found.grade = gradeExpected(of: piece, isProven: true)
      found.reason = reason
    case .still(let reason):
      found.mechanism = "still"
      found.grade = gradeExpected(of: piece, isProven: true)
      found.reason = reason
    case .omitted(let reason):
      found.reason = reason
    }
    return found
  }
}
