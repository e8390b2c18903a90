import Machine
import Pausing

/// What the keeper answers.
enum KeeperReply: Hashable {
  case prepared(PausePossibilities)
  case paused(PauseReport)
  case proven(Proof)
  case resumed(ResumeReport)
  case done
  /// Why it could not be done.
  case failed(String)

  var encoded: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .prepared(let possibilities):
      writer.write(0)
      writer.write(possibilities.holdsEveryone)
      writer.write(possibilities.canWatch)
      writer.write(possibilities.canGate)
      writer.write(possibilities.limits)
    case .paused(let report):
      writer.write(1)
      writer.write(report)
    case .proven(let proof):
      writer.write(2)
      writer.write(proof.disturbances)
      writer.write(proof.unheld)
      writer.write(proof.limits)
      writer.write(proof.isLate)
    case .resumed(let report):
      writer.write(3)
      writer.write(report.paused)
      writer.write(report.releasing)
      writer.write(report.wasLate)
    case .done: writer.write(4)
    case .failed(let reason):
      writer.write(5)
      writer.write(reason)
    }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    switch try reader.number() {
    case 0:
      self = .prepared(
        PausePossibilities(
          holdsEveryone: try reader.flag(),
          canWatch: try reader.flag(),
          canGate: try reader.flag(),
          limits: try reader.texts()
        )
      )
    case 1: self = .paused(try reader.pauseReport())
    case 2:
      self = .proven(
        Proof(
          disturbances: try reader.texts(),
          unheld: try reader.texts(),
          limits: try reader.texts(),
          isLate: try reader.flag()
        )
      )
    case 3:
      self = .resumed(
        ResumeReport(
          paused: try reader.duration(),
          releasing: try reader.duration(),
          wasLate: try reader.flag()
        )
      )
    case 4: self = .done
    case 5: self = .failed(try reader.text())
    default: throw MessageError()
    }
  }
}

extension MessageWriter {
  fileprivate mutating func write(_ report: PauseReport) {
    switch report.outcome {
    case .held: write(0)
    case .late(let stuck):
      write(1)
      write(stuck)
    case .cancelled: write(2)
    }
    write(report.processes)
    write(report.writers.count)
    for writer in report.writers { write(Int(writer)) }
    write(report.threads)
    write(report.trapped)
    write(report.unpausable)
    write(report.scans)
    write(report.scanning)
    write(report.stopping)
  }
}

extension MessageReader {
  fileprivate mutating func pauseReport() throws(MessageError) -> PauseReport {
    let outcome: PauseReport.Outcome
    switch try number() {
    case 0: outcome = .held
    case 1: outcome = .late(stuck: try texts())
    case 2: outcome = .cancelled
    default: throw MessageError()
    }
    let processes = try count()
    var writers: [ProcessID] = []
    for _ in 0..<(try count()) {
      writers.append(ProcessID(truncatingIfNeeded: try number()))
    }
    var report = PauseReport(
      outcome: outcome,
      processes: processes,
      threads: try count(),
      trapped: try count(),
      unpausable: try texts(),
      scans: try count(),
      scanning: try duration(),
      stopping: try duration()
    )
    report.writers = writers
    return report
  }
}
