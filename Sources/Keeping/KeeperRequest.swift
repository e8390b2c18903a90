import Machine
import Pausing

/// What the main process asks of the keeper.
enum KeeperRequest: Hashable {
  case prepare(PauseTargets)
  case pause(length: Duration, isGated: Bool)
  /// Ends a pause that is being made or was made; not answered.
  case cancel
  case prove
  case resume
  case addUndo(KeeperUndo)
  case removeUndo(KeeperUndo)
  /// Ends the keeper; not answered.
  case finish

  var encoded: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .prepare(let targets):
      writer.write(0)
      writer.write(targets.paths.count)
      for path in targets.paths { writer.write(path) }
      writer.write(targets.neverPause.count)
      for process in targets.neverPause { writer.write(Int(process)) }
      writer.write(targets.keepsNames)
    case .pause(let length, let isGated):
      writer.write(1)
      writer.write(length)
      writer.write(isGated)
    case .cancel: writer.write(2)
    case .prove: writer.write(3)
    case .resume: writer.write(4)
    case .addUndo(let undo):
      writer.write(5)
      writer.write(undo)
    case .removeUndo(let undo):
      writer.write(6)
      writer.write(undo)
    case .finish: writer.write(7)
    }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    switch try reader.number() {
    case 0:
      var targets = PauseTargets(paths: [])
      for _ in 0..<(try reader.count()) { targets.paths.append(try reader.path()) }
      for _ in 0..<(try reader.count()) {
        targets.neverPause.append(ProcessID(truncatingIfNeeded: try reader.number()))
      }
      targets.keepsNames = try reader.flag()
      self = .prepare(targets)
    case 1: self = .pause(length: try reader.duration(), isGated: try reader.flag())
    case 2: self = .cancel
    case 3: self = .prove
    case 4: self = .resume
    case 5: self = .addUndo(try reader.undo())
    case 6: self = .removeUndo(try reader.undo())
    case 7: self = .finish
    default: throw MessageError()
    }
  }
}

extension MessageWriter {
  fileprivate mutating func write(_ undo: KeeperUndo) {
    switch undo {
    case .release(let record):
      write(0)
      write(record)
    case .unlink(let path):
      write(1)
      write(path)
    case .endProcesses(let process, let namespace):
      write(2)
      write(Int(process))
      write(Int64(bitPattern: namespace))
    case .removeFolder(let path):
      write(3)
      write(path)
    }
  }
}

extension MessageReader {
  fileprivate mutating func undo() throws(MessageError) -> KeeperUndo {
    switch try number() {
    case 0: .release(record: try path())
    case 1: .unlink(try path())
    case 2:
      .endProcesses(
        withMountsOf: ProcessID(truncatingIfNeeded: try number()),
        namespace: UInt64(bitPattern: try number())
      )
    case 3: .removeFolder(try path())
    default: throw MessageError()
    }
  }
}
