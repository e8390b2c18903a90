extension StillpointRecord {
  /// Reads a record; nil for what is no object.
  init?(_ reader: inout JSONReader) throws(FormatError) {
    self.init(grade: "")
    guard reader.peek() == UInt8(ascii: "{"), try reader.enterObject() else {
      try reader.skipValue()
      return nil
    }
    while let key = try reader.nextKey() {
      switch key {
      case "grade": grade = try reader.tolerantly(readText) ?? ""
      case "instant": instant = try reader.tolerantly(readInstant)
      case "pause_ms": pauseMilliseconds = try reader.tolerantly(readMilliseconds)
      case "skew_ns": skewNanoseconds = try reader.tolerantly(readNumber)
      case "volumes": volumes = try reader.tolerantly(readVolumes) ?? []
      case "walk": walk = try reader.tolerantly(readWalk)
      case "applications": applications = try reader.tolerantly(readApplications) ?? []
      case "below_grade_total": belowGradeTotal = try reader.tolerantly(readNumber)
      case "below_grade": belowGrade = try reader.tolerantly(readBelowGrade) ?? []
      case "verdicts": verdicts = try reader.tolerantly(readVerdicts) ?? []
      default: unknown.append(try reader.member(key))
      }
    }
  }
}

private func readVerdicts(
  _ reader: inout JSONReader
) throws(FormatError) -> [StillpointRecord.Verdict] {
  var verdicts: [StillpointRecord.Verdict] = []
  guard try reader.enterArray() else { return verdicts }
  while try reader.nextElement() {
    var verdict = StillpointRecord.Verdict(kind: "", path: [], verdict: "", message: "")
    guard try reader.enterObject() else { continue }
    while let key = try reader.nextKey() {
      switch key {
      case "kind": verdict.kind = try reader.tolerantly(readText) ?? ""
      case "path": verdict.path = try reader.string()
      case "path_raw": verdict.path = try reader.base64()
      case "verdict": verdict.verdict = try reader.tolerantly(readText) ?? ""
      case "message": verdict.message = try reader.tolerantly(readText) ?? ""
      default: verdict.unknown.append(try reader.member(key))
      }
    }
    verdicts.append(verdict)
  }
  return verdicts
}

private func readText(_ reader: inout JSONReader) throws(FormatError) -> String {
  try reader.text()
}

private func readMilliseconds(_ reader: inout JSONReader) throws(FormatError) -> Double {
  try reader.double()
}

private func readNumber(_ reader: inout JSONReader) throws(FormatError) -> UInt64 {
  try reader.unsigned()
}

/// Reads a time, or nanoseconds since 1970 as a number.
private func readInstant(_ reader: inout JSONReader) throws(FormatError) -> NodeTime {
  if reader.peek() == UInt8(ascii: "\"") { return try reader.time() }
  let value = try reader.signed()
  let (seconds, nanoseconds) = value.quotientAndRemainder(dividingBy: 1_000_000_000)
  return nanoseconds < 0
    ? NodeTime(seconds: seconds - 1, nanoseconds: UInt32(nanoseconds + 1_000_000_000))
    : NodeTime(seconds: seconds, nanoseconds: UInt32(nanoseconds))
}

private func readVolumes(
  _ reader: inout JSONReader
) throws(FormatError) -> [StillpointRecord.Volume] {
  var volumes: [StillpointRecord.Volume] = []
  guard try reader.enterArray() else { return volumes }
  while try reader.nextElement() {
    var volume = StillpointRecord.Volume(path: [], mechanism: "", identity: "")
    guard try reader.enterObject() else { continue }
    while let key = try reader.nextKey() {
      switch key {
      case "path": volume.path = try reader.string()
      case "path_raw": volume.path = try reader.base64()
      case "mechanism": volume.mechanism = try reader.tolerantly(readText) ?? ""
      case "identity": volume.identity = try reader.tolerantly(readText) ?? ""
      case "volume_snapshot": volume.volumeSnapshot = try reader.tolerantly(readText) ?? ""
      case "transaction": volume.transaction = try reader.tolerantly(readNumber)
      case "distrusted": volume.isDistrusted = try reader.tolerantly(readFlag) ?? true
      default: volume.unknown.append(try reader.member(key))
      }
    }
    volumes.append(volume)
  }
  return volumes
}

private func readFlag(_ reader: inout JSONReader) throws(FormatError) -> Bool {
  try reader.boolean()
}

/// Reads what a later backup must know; of less than all of it nothing can be made.
private func readWalk(
  _ reader: inout JSONReader
) throws(FormatError) -> StillpointRecord.Walk {
  var walk = StillpointRecord.Walk(fingerprint: "", tree: "", quickWalks: 0, users: [], groups: [])
  guard try reader.enterObject() else { throw reader.failure("no object") }
  while let key = try reader.nextKey() {
    switch key {
    case "fingerprint": walk.fingerprint = try reader.text()
    case "tree": walk.tree = try reader.text()
    case "quick_walks": walk.quickWalks = try reader.unsigned()
    case "users": walk.users = try readNumbers(&reader)
    case "groups": walk.groups = try readNumbers(&reader)
    default: try reader.skipValue()
    }
  }
  return walk
}

private func readNumbers(_ reader: inout JSONReader) throws(FormatError) -> [UInt32] {
  var numbers: [UInt32] = []
  guard try reader.enterArray() else { return numbers }
  while try reader.nextElement() { numbers.append(try reader.unsigned()) }
  return numbers
}

private func readApplications(
  _ reader: inout JSONReader
) throws(FormatError) -> [StillpointRecord.Application] {
  var entries: [StillpointRecord.Application] = []
  guard try reader.enterArray() else { return entries }
  while try reader.nextElement() {
    var entry = StillpointRecord.Application(kind: "", path: [], heldMilliseconds: nil, reason: "")
    guard try reader.enterObject() else { continue }
    while let key = try reader.nextKey() {
      switch key {
      case "kind": entry.kind = try reader.tolerantly(readText) ?? ""
      case "path": entry.path = try reader.string()
      case "path_raw": entry.path = try reader.base64()
      case "held_ms": entry.heldMilliseconds = try reader.tolerantly(readMilliseconds)
      case "reason": entry.reason = try reader.tolerantly(readText) ?? ""
      default: entry.unknown.append(try reader.member(key))
      }
    }
    entries.append(entry)
  }
  return entries
}

private func readBelowGrade(
  _ reader: inout JSONReader
) throws(FormatError) -> [StillpointRecord.BelowGrade] {
  var entries: [StillpointRecord.BelowGrade] = []
  guard try reader.enterArray() else { return entries }
  while try reader.nextElement() {
    var entry = StillpointRecord.BelowGrade(path: [], grade: "", reason: "")
    guard try reader.enterObject() else { continue }
    while let key = try reader.nextKey() {
      switch key {
      case "path": entry.path = try reader.string()
      case "path_raw": entry.path = try reader.base64()
      case "grade": entry.grade = try reader.tolerantly(readText) ?? ""
      case "reason": entry.reason = try reader.tolerantly(readText) ?? ""
      default: entry.unknown.append(try reader.member(key))
      }
    }
    entries.append(entry)
  }
  return entries
}

extension ByteWriter {
  mutating func append(json record: StillpointRecord) {
    append(#"{"grade":"#)
    append(json: record.grade)
    if let instant = record.instant {
      append(#","instant":"#)
      append(json: instant)
    }
    if let pause = record.pauseMilliseconds, pause.isFinite {
      append(#","pause_ms":"#)
      append(Array("\(pause)".utf8))
    }
    if let skew = record.skewNanoseconds {
      append(#","skew_ns":"#)
      append(decimal: skew)
    }
    append(#","volumes":"#)
    append(array: record.volumes) { writer, volume in
      writer.append("{")
      writer.appendPath(volume.path)
      writer.append(#","mechanism":"#)
      writer.append(json: volume.mechanism)
      writer.append(#","identity":"#)
      writer.append(json: volume.identity)
      writer.appendMember(#","volume_snapshot":"#, volume.volumeSnapshot)
      if let transaction = volume.transaction {
        writer.append(#","transaction":"#)
        writer.append(decimal: transaction)
      }
      if volume.isDistrusted { writer.append(#","distrusted":true"#) }
      writer.append(members: volume.unknown)
      writer.append("}")
    }
    if let walk = record.walk { append(member: walk) }
    if !record.applications.isEmpty { append(members: record.applications) }
    append(#","below_grade":"#)
    append(array: record.belowGrade) { writer, entry in
      writer.append("{")
      writer.appendPath(entry.path)
      writer.append(#","grade":"#)
      writer.append(json: entry.grade)
      writer.append(#","reason":"#)
      writer.append(json: entry.reason)
      writer.append(members: entry.unknown)
      writer.append("}")
    }
    if let total = record.belowGradeTotal {
      append(#","below_grade_total":"#)
      append(decimal: total)
    }
    if !record.verdicts.isEmpty { append(member: record.verdicts) }
    append(members: record.unknown)
    append("}")
  }

  private mutating func append(members applications: [StillpointRecord.Application]) {
    append(#","applications":"#)
    append(array: applications) { writer, entry in
      writer.append(#"{"kind":"#)
      writer.append(json: entry.kind)
      writer.append(",")
      writer.appendPath(entry.path)
      if let held = entry.heldMilliseconds, held.isFinite {
        writer.append(#","held_ms":"#)
        writer.append(Array("\(held)".utf8))
      }
      writer.appendMember(#","reason":"#, entry.reason)
      writer.append(members: entry.unknown)
      writer.append("}")
    }
  }

  private mutating func append(member verdicts: [StillpointRecord.Verdict]) {
    append(#","verdicts":"#)
    append(array: verdicts) { writer, verdict in
      writer.append(#"{"kind":"#)
      writer.append(json: verdict.kind)
      writer.append(",")
      writer.appendPath(verdict.path)
      writer.append(#","verdict":"#)
      writer.append(json: verdict.verdict)
      writer.append(#","message":"#)
      writer.append(json: verdict.message)
      writer.append(members: verdict.unknown)
      writer.append("}")
    }
  }

  private mutating func append(member walk: StillpointRecord.Walk) {
    append(#","walk":{"fingerprint":"#)
    append(json: walk.fingerprint)
    append(#","tree":"#)
    append(json: walk.tree)
    append(#","quick_walks":"#)
    append(decimal: walk.quickWalks)
    append(#","users":"#)
    append(array: walk.users) { $0.append(decimal: UInt64($1)) }
    append(#","groups":"#)
    append(array: walk.groups) { $0.append(decimal: UInt64($1)) }
    append("}")
  }

  /// Appends a path, and its bytes besides when they are no UTF-8, as restic does with link targets.
  private mutating func appendPath(_ path: [UInt8]) {
    append(#""path":"#)
    append(json: path)
    if !path.withUnsafeBytes({ isUTF8($0) }) {
      append(#","path_raw":"#)
      append(base64: path)
    }
  }
}
