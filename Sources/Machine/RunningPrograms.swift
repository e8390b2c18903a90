/// Waits while a program runs that was given `argument`, until none does.
///
/// A program that was started by a process that has been killed goes on to its end, and what it
/// makes by then is there only afterwards.
///
/// - Parameters:
///   - argument: Equal to a whole argument of the program.
///   - patience: How long to wait.
/// - Returns: Whether none runs any more.
/// - Throws: ``SystemCallError`` without `/proc`.
package func waitForEnd(
  ofProgramsGiven argument: String,
  atMost patience: Duration
) throws(SystemCallError) -> Bool {
  let table = try ProcessTable()
  let end = ContinuousClock.now.advanced(by: patience)
  while table.runsProgram(given: argument) {
    if ContinuousClock.now >= end { return false }
    _ = StopSignal().wait(for: .milliseconds(20))
  }
  return true
}

extension ProcessTable {
  fileprivate func runsProgram(given argument: String) -> Bool {
    var processes: [ProcessID] = []
    listProcesses(into: &processes)
    return processes.contains { process in
      guard let line = contents(of: ProcessPath(process, "cmdline")) else { return false }
      return line.split(separator: 0).contains { $0.elementsEqual(argument.utf8) }
    }
  }
}
