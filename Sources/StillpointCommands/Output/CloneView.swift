import BackupFlow
import Machine
import Planning
import RepositoryFormat

/// Shows how a file was copied.
struct CloneView {
  let output: Output

  func show(_ notice: BackupNotice) {
    switch notice {
    case .warning(let text): output.warn(text)
    case .step(let text): output.say(text, at: .verbose)
    }
  }

  /// The last word.
  func finish(_ report: CloneReport) {
    if report.grade == .none {
      output.warn("the copy may be torn: \(report.reasons.joined(separator: "; "))")
    }
    if output.isJSON { return output.json(report.json) }
    for reason in report.reasons { output.say("not better: \(reason)", at: .verbose) }
    let size = Quantity.bytes(report.size)
    let source = quoted(report.source.bytes)
    output.say("copied \(source) to \(quoted(report.destination.bytes)), \(size)")
    output.say("grade \(report.grade.rawValue), as of \(Moment(report.instant).long)")
    output.say(report.means)
  }
}

extension CloneReport {
  fileprivate var means: String {
    switch method {
    case .clone: "made by a clone: the file system did it at once"
    case .cloneAndCopy: "made by a clone beside the file, which was then copied"
    case .lease: "made while nobody had it open for writing, by a read lease"
    case .pause:
      "held \(writersHeld) \(writersHeld == 1 ? "writer" : "writers") "
        + "for \(Quantity.milliseconds(pause ?? .zero))"
    case .verified: "made while it didn't change"
    case .unproven: "made while it changed"
    }
  }

  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("message_type", "clone")
    object.add("source", TextBytes(source.bytes))
    object.add("destination", TextBytes(destination.bytes))
    object.add("method", method.rawValue)
    object.add("grade", grade.rawValue)
    object.add("size", size)
    object.add(orNull: "pause_ms", pause.map { $0 * 1000 })
    object.add(unlessZero: "writers_held", UInt64(writersHeld))
    object.add("instant", formatRFC3339Nano(instant))
    object.add("reasons", reasons)
    return object
  }
}
