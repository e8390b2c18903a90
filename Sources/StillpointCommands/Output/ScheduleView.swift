import Machine

/// Shows what became of a schedule.
struct ScheduleView {
  let output: Output
  let names: UnitNames
  let manager: ServiceManager

  /// Says which unit files were written, and what is left to do.
  func show(written paths: [FilePath], _ events: [String], isStarted: Bool) {
    if output.isJSON { return json("schedule_written", paths, "started", isStarted) }
    for path in paths { output.say("wrote \(quoted(path.bytes))") }
    guard isStarted else {
      output.say("no systemd reads it here; where one does:")
      for command in manager.starting(names) { output.say("  \(command)") }
      return
    }
    output.say("backups begin at \(events.joined(separator: " and at "))")
    output.say("to try it now: \(manager.backingUp(names))")
    if manager.isForUser {
      output.say("only while you are logged in, unless: loginctl enable-linger")
    }
  }

  /// Says which unit files were removed.
  func show(removed paths: [FilePath], isStopped: Bool) {
    if output.isJSON { return json("schedule_removed", paths, "stopped", isStopped) }
    for path in paths { output.say("removed \(quoted(path.bytes))") }
  }

  private func json(_ type: String, _ paths: [FilePath], _ state: String, _ isReached: Bool) {
    var object = JSONObject()
    object.add("message_type", type)
    object.add("units", paths.map { TextBytes($0.bytes) })
    object.add(state, isReached)
    output.json(object)
  }
}
