import Machine

/// The arguments of a command line in one fixed order: the command, its options as
/// `--name` or `--name=value`, `--`, and what is left.
///
/// restic takes global options before and after the command, short options joined with each
/// other and with their values, and any next word as an option's value. The parser behind us
/// does not; it gets what `ordered` says.
package struct CommandLineArguments: Hashable {
  /// The first word that is no option; nil when there is none.
  package private(set) var command: String?
  /// As `--name` or `--name=value`, in the order given.
  package private(set) var options: [String] = []
  /// What follows the command and is no option.
  package private(set) var words: [String] = []
  /// How many of the words stood before `--`.
  private var looseWords = 0

  /// Reads the arguments of a program, without its name.
  ///
  /// - Throws: ``UsageError`` for an option that doesn't exist or lacks its value.
  package init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        looseWords = words.count
        for word in rest { take(word) }
        return
      } else if argument.hasPrefix("--") {
        try takeLong(argument.dropFirst(2), &rest)
      } else if argument.hasPrefix("-"), argument != "-" {
        try takeShort(argument.dropFirst(), &rest)
      } else {
        take(argument)
      }
    }
    looseWords = words.count
  }

  /// What the parser gets.
  package var ordered: [String] {
    let loose = command.map(OptionTable.hosts.contains) == true ? looseWords : 0
    let others = words.dropFirst(loose)
    return (command.map { [$0] } ?? []) + options + words.prefix(loose)
      + (others.isEmpty ? [] : ["--"] + others)
  }

  /// Whether messages are to be written as JSON.
  var wantsJSON: Bool { options.contains("--json") }

  private mutating func take(_ word: String) {
    if command == nil { command = word } else { words.append(word) }
  }

  private mutating func takeLong(
    _ argument: Substring,
    _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let value = parts.count > 1 ? String(parts[1]) : nil
    if OptionTable.valued[name] != nil {
      guard let value = value ?? rest.popFirst() else {
        throw UsageError("flag needs an argument: --\(name)")
      }
      options.append("--\(name)=\(value)")
    } else if OptionTable.flags[name] != nil {
      try takeFlag(name, value)
    } else {
      throw UsageError("unknown flag: --\(name)", hint: helpHint)
    }
  }

  private mutating func takeShort(
    _ argument: Substring,
    _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    var letters = argument
    while let letter = letters.popFirst() {
      guard let option = OptionTable.option(short: letter) else {
        throw UsageError("unknown shorthand flag: '\(letter)' in -\(argument)", hint: helpHint)
      }
      let value = letters.first == "=" ? letters.dropFirst() : letters
      if option.isValued {
        guard let value = value.isEmpty ? rest.popFirst() : String(value) else {
          throw UsageError("flag needs an argument: '\(letter)' in -\(argument)")
        }
        options.append("--\(option.name)=\(value)")
        return
      } else if letters.first == "=" {
        return try takeFlag(option.name, String(value))
      }
      try takeFlag(option.name, nil)
    }
  }

  /// Flags may have values: `--json=false`, `--verbose=2`.
  private mutating func takeFlag(_ name: String, _ value: String?) throws(UsageError) {
    switch value {
    case nil, "true", "1", "t":
      options.append("--\(name)")
    case let value? where name == "verbose" && Int(value) != nil:
      options += Array(repeating: "--verbose", count: min(max(Int(value) ?? 0, 0), 2))
    case "false", "0", "f":
      return
    case let value?:
      throw UsageError("invalid argument \"\(value)\" for \"--\(name)\" flag")
    }
  }

  private var helpHint: String {
    "`stillpoint \(command.map { "\($0) " } ?? "")--help` lists the flags"
  }
}

/// A command line that makes no sense.
package struct UsageError: ExplainedError, Hashable {
  package let description: String
  package let hint: String?
  package var cause: (any Error)? { nil }

  init(_ description: String, hint: String? = nil) {
    self.description = description
    self.hint = hint
  }
}
