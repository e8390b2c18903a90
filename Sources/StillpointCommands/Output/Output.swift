import Machine
import Synchronization

/// Standard output was closed by whoever read it.
struct OutputClosed: Error {}

/// How much is said.
enum Verbosity: Int, Comparable, Sendable {
  case quiet, normal, verbose, detailed

  static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
}

/// All that the program writes: lines on standard output, errors on standard error, and on a
/// terminal status lines below them that come and go.
///
/// Calls may come from any thread. A write that fails is kept, and what follows is dropped:
/// ``check()`` tells commands whose output is their purpose.
final class Output: Sendable {
  private struct State {
    var pending: [UInt8] = []
    /// Status lines that stand on the terminal now.
    var statusCount = 0
    var failure: SystemCallError?
  }

  let isJSON: Bool
  let verbosity: Verbosity
  /// Whether standard output is a terminal.
  let isTerminal: Bool
  private let state = Mutex(State())

  init(isJSON: Bool, verbosity: Verbosity) {
    self.isJSON = isJSON
    self.verbosity = verbosity
    isTerminal = StandardStream.output.isTerminal
  }

  /// Columns of the terminal.
  var width: Int { StandardStream.output.terminalWidth ?? 80 }

  /// Writes a line for people; nothing with `--json`.
  func say(_ text: String, at level: Verbosity = .normal) {
    if !isJSON && verbosity >= level { line(Array(text.utf8)) }
  }

  /// Writes a line for people, with `--json` too: as restic does in commands that have no JSON.
  func tell(_ text: String, at level: Verbosity = .normal) {
    if verbosity >= level { line(Array(text.utf8)) }
  }

  /// Writes one JSON value on a line of its own.
  func json(_ value: some JSONValue) {
    var bytes: [UInt8] = []
    value.append(to: &bytes)
    line(bytes)
  }

  /// Writes a line that is a command's purpose.
  ///
  /// - Parameters:
  ///   - bytes: The line without its end.
  ///   - isLast: False while more follows at once: lines then go out in larger pieces.
  func line(_ bytes: [UInt8], isLast: Bool = true) { write(bytes + [0x0a], isLast: isLast) }

  /// Writes bytes as they are.
  func write(_ bytes: [UInt8], isLast: Bool = true) {
    state.withLock { state in
      clearStatus(&state)
      state.pending += bytes
      if isLast || isTerminal || state.pending.count >= 1 << 16 { flush(&state) }
    }
  }

  /// Writes lines to standard error.
  func error(_ lines: [String]) {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    state.withLock { state in
      clearStatus(&state)
      flush(&state)
      // Nowhere is left to say that standard error can't be written.
      bytes.withUnsafeBytes { try? StandardStream.error.write($0) }
    }
  }

  /// Says something the user should know, on standard error.
  func warn(_ text: String) {
    guard isJSON else { return error(["warning: \(text)"]) }
    var object = JSONObject()
    object.add("message_type", "warning")
    object.add("message", text)
    error(json: object)
  }

  /// Writes one JSON object to standard error.
  func error(json object: JSONObject) { error([String(decoding: object.bytes, as: UTF8.self)]) }

  /// Shows `lines` below everything else, in place of those shown before.
  ///
  /// Only on a terminal; a line longer than the terminal is cut.
  func show(status lines: [String]) {
    guard isTerminal else { return }
    let width = width
    state.withLock { state in
      clearStatus(&state)
      let text = lines.map { $0.prefix(width - 1) + "\n" }.joined()
      state.pending += Array(text.utf8)
      flush(&state)
      state.statusCount = lines.count
    }
  }

  /// Whether a write to standard output failed.
  var hasFailed: Bool { state.withLock { $0.failure != nil } }

  /// Writes out what is held back.
  ///
  /// - Throws: ``OutputClosed``, or why standard output could not be written.
  func check() throws {
    let failure = state.withLock { state in
      flush(&state)
      return state.failure
    }
    if failure?.errno == .brokenPipe { throw OutputClosed() }
    if let failure { throw failure }
  }

  private func clearStatus(_ state: inout State) {
    guard state.statusCount > 0 else { return }
    // Up over the status lines, then erase from here to the end of the screen.
    state.pending += Array("\r\u{1b}[\(state.statusCount)A\u{1b}[J".utf8)
    state.statusCount = 0
  }

  private func flush(_ state: inout State) {
    if state.failure == nil {
      state.failure = state.pending.withUnsafeBytes { bytes -> SystemCallError? in
        do throws(SystemCallError) {
          try StandardStream.output.write(bytes)
          return nil
        } catch {
          return error
        }
      }
    }
    state.pending.removeAll(keepingCapacity: true)
  }
}
