import ArgumentParser
import Machine

/// Runs the program with the arguments of this process, and ends the process.
package func stillpointMain() -> Never {
  let interruption = ProcessSignals.install()
  let arguments = argumentBytes().map(ByteText.text)
  endProcess(status: run(arguments, interruption).rawValue)
}

/// Parses and runs one command.
private func run(_ arguments: [String], _ interruption: Interruption) -> ExitStatus {
  do {
    let arguments = try CommandLineArguments(arguments)
    if !arguments.notices.isEmpty {
      Output(isJSON: false, verbosity: .normal).error(arguments.notices)
    }
    do {
      var command = try Stillpoint.parseAsRoot(arguments.asksForHelp ?? arguments.ordered)
      if let command = command as? any StillpointCommand {
        return run(command, arguments, interruption)
      }
      try command.run()  // Help, which is shown by throwing it.
      return .success
    } catch {
      return explain(parsing: error, arguments)
    }
  } catch {
    let isJSON = arguments.prefix { $0 != "--" }.contains("--json")
    return report(error, to: Output(isJSON: isJSON, verbosity: .normal), interruption)
  }
}

private func run(
  _ command: some StillpointCommand,
  _ arguments: CommandLineArguments,
  _ interruption: Interruption
) -> ExitStatus {
  if !type(of: command).reusesLargeMemory { giveBackLargeAllocations() }
  let verbosity = Verbosity(rawValue: min(1 + command.global.verbose, 3)) ?? .detailed
  let output = Output(
    isJSON: command.global.json,
    verbosity: command.global.quiet ? .quiet : verbosity
  )
  do {
    if command.global.quiet && command.global.verbose > 0 {
      throw UsageError("--quiet and --verbose cannot be specified at the same time")
    }
    let settings = try Settings(command.global)
    let session = Session(
      settings: settings,
      output: output,
      interruption: interruption,
      arguments: arguments
    )
    let status = try command.run(in: session)
    try output.check()
    return status
  } catch {
    return report(error, to: output, interruption)
  }
}

/// Says what went wrong, in the form that was asked for.
private func report(
  _ error: any Error,
  to output: Output,
  _ interruption: Interruption
) -> ExitStatus {
  // Whatever failed after Ctrl-C failed because of it.
  let status = interruption.isRequested ? .interrupted : ExitStatus(for: error)
  switch status {
  case .outputClosed: return status
  case .interrupted:
    guard output.isJSON else {
      output.error(["\(CalledName.own): interrupted"])
      return status
    }
    output.error(json: ErrorText(Interrupted()).json(status))
  default:
    let text = ErrorText(error)
    if output.isJSON {
      output.error(json: text.json(status))
    } else {
      output.error(text.lines)
    }
  }
  return status
}

/// Shows help that was asked for, or what the parser has against the arguments.
private func explain(parsing error: any Error, _ arguments: CommandLineArguments) -> ExitStatus {
  let output = Output(isJSON: arguments.wantsJSON, verbosity: .normal)
  guard Stillpoint.exitCode(for: error) != .success else {
    output.write(Array((Stillpoint.fullMessage(for: error) + "\n").utf8))
    return .success
  }
  let known = Stillpoint.configuration.subcommands.map { $0.configuration.commandName }
  if let command = arguments.command, !known.contains(command) {
    let usage = UsageError(
      "unknown command \"\(command)\" for \"\(CalledName.own)\"",
      hint: "`\(CalledName.own) --help` lists the commands"
    )
    return report(usage, to: output, Interruption())
  }
  let message = Stillpoint.message(for: error).split(separator: "\n").first.map(String.init)
  let usage = UsageError(
    message ?? "the arguments make no sense",
    hint: arguments.command == nil ? nil : arguments.helpHint
  )
  return report(usage, to: output, Interruption())
}
