import BackupFlow
import Machine
import Pausing
import Planning
import Quiescing

/// Shows what a backup would reach, and what to change for more.
struct PlanView {
  private static let applicationsMax = 10

  let output: Output

  func show(_ forecast: Forecast) {
    if output.isJSON { return output.json(forecast.json) }
    var table = Table(["Path", "Mechanism", "Grade", "Why"])
    for piece in forecast.pieces {
      table.add([
        [quoted(piece.path.bytes)], [piece.mechanism ?? "not read"],
        [piece.grade?.rawValue ?? "-"], [piece.reason ?? ""],
      ])
    }
    let others = writers(of: forecast) + applications(of: forecast)
    for line in table.lines + devices(of: forecast) + others { output.say(line) }
    output.say("A backup now would have the grade \(forecast.grade.rawValue).")
    let advice = advice(on: forecast)
    if !advice.isEmpty { output.say("For more:") }
    for line in advice { output.say("  \(line)") }
  }

  private func devices(of forecast: Forecast) -> [String] {
    forecast.pieces.compactMap { piece in
      piece.devices.map { devices in
        let room = piece.storeBytes.map {
          "; while it is read, its volume snapshot takes \(mebibytes($0)) of the volume group"
        }
        return "\(quoted(piece.path.bytes)) is \(devices)\(room ?? "")"
      }
    }
  }

  private func writers(of forecast: Forecast) -> [String] {
    let list = forecast.writers
    let held = list.writers.filter { $0.reasonNotHeld == nil }.map(\.text)
    let others = list.writers.compactMap { writer in
      writer.reasonNotHeld.map { "\(writer.text): \($0)" }
    }
    var lines: [String] = []
    if !held.isEmpty {
      let outcome = forecast.isPaused ? "held for milliseconds" : "not held"
      lines.append("Writers on these volumes now, \(outcome): \(held.joined(separator: ", "))")
    }
    if !others.isEmpty { lines.append("Can't be held: \(others.joined(separator: ", "))") }
    if list.hidden > 0 {
      lines.append("\(list.hidden) processes of other users can't be looked at")
    }
    return lines
  }

  private func applications(of forecast: Forecast) -> [String] {
    let found = forecast.applications
    if found.isEmpty { return [] }
    let named = found.prefix(Self.applicationsMax).map(Self.text(of:))
    let rest = found.count > named.count ? ", and \(found.count - named.count) more" : ""
    let list = named.joined(separator: ", ") + rest
    return ["Applications on these volumes now: \(list)"]
  }

  private static func text(of found: Forecast.Found) -> String {
    let name = "\(found.application.kind) \(quoted(found.application.path.bytes))"
    return found.reason.map { "\(name) (can't be held: \($0))" } ?? name
  }

  private func advice(on forecast: Forecast) -> [String] {
    if forecast.isLiveByChoice { return ["leave out --snapshot-policy off"] }
    var lines: [String] = []
    if forecast.grade < .instant, !forecast.isPrivileged {
      lines.append("run as root: volume snapshots and holding writers need it")
    }
    for piece in forecast.pieces
    where piece.mechanism == "live" && piece.grade == .file && forecast.isPrivileged {
      lines.append(
        "\(quoted(piece.path.bytes)): keep it on a file system that can be snapshotted, or exclude it"
      )
    }
    return lines
  }
}

extension WriterList.Writer {
  fileprivate var text: String {
    "\(name) (pid \(process)" + (threads > 1 ? ", \(threads) threads)" : ")")
  }

  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("pid", Int(process))
    object.add("name", name)
    object.add("threads", threads)
    object.add(orNull: "reason_not_held", reasonNotHeld)
    return object
  }
}

extension Forecast.Found {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("kind", application.kind)
    object.add("path", TextBytes(application.path.bytes))
    if let reason { object.add("reason", reason) }
    return object
  }
}

extension Forecast {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("message_type", "plan")
    object.add("grade", grade.rawValue)
    object.add("pause", isPaused)
    object.add("pieces", pieces.map(\.json))
    object.add("writers", writers.writers.map(\.json))
    object.add("hidden_processes", writers.hidden)
    object.add("applications", applications.map(\.json))
    return object
  }
}

extension Forecast.Piece {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("path", TextBytes(path.bytes))
    object.add(orNull: "mechanism", mechanism)
    object.add(orNull: "grade", grade?.rawValue)
    object.add(orNull: "reason", reason)
    if !identity.isEmpty { object.add("identity", identity) }
    if let devices { object.add("devices", devices) }
    if let storeBytes { object.add("store_bytes", storeBytes) }
    return object
  }
}
