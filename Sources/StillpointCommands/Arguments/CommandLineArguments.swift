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
  /// The second one where the first is a family's name.
  private var member: String?
  /// As `--name` or `--name=value`, in the order given.
  package private(set) var options: [String] = []
  /// What the user should know of options that restic has given up.
  package private(set) var notices: [String] = []
  /// What follows the command and is no option.
  package private(set) var words: [String] = []
  /// The command that gives options their meaning, also to those that stand before it.
  private let meant: String?
  /// How many of the words stood before `--`.
  private var looseWords = 0

  /// Reads the arguments of a program, without its name.
  ///
  /// - Throws: ``UsageError`` for an option that doesn't exist or lacks its value.
  package init(_ arguments: [String]) throws(UsageError) {
    meant = Self.command(in: arguments)
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
    return [command, member].compactMap { $0 } + options + words.prefix(loose)
      + (others.isEmpty ? [] : ["--"] + others)
  }

  /// What the parser gets to show help, where restic shows some: without a command, without the
  /// member of a family, and for `help`, whatever the options are.
  var asksForHelp: [String]? {
    switch command {
    case nil: options.contains("--help") ? nil : ["--help"]
    case "help": ["help"] + words
    case let name?: OptionTable.families.contains(name) && member == nil ? [name, "--help"] : nil
    }
  }

  /// Whether messages are to be written as JSON.
  var wantsJSON: Bool { options.contains("--json") }

  /// The first word of `arguments` that is neither an option nor an option's value.
  private static func command(in arguments: [String]) -> String? {
    var rest = arguments.prefix { $0 != "--" }
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else {
        return Deprecated.command(argument)?.family ?? argument
      }
      if takesNextWord(argument) { rest = rest.dropFirst() }
    }
    return nil
  }

  /// Whether an option that stands before the command has its value in the next word.
  private static func takesNextWord(_ option: String) -> Bool {
    if option.hasPrefix("--") {
      return OptionTable.isValued(String(option.dropFirst(2)), in: nil) ?? false
    }
    let letters = option.dropFirst()
    let valued = letters.firstIndex { OptionTable.option(short: $0, in: nil)?.isValued ?? false }
    return valued.map { letters.index(after: $0) == letters.endIndex } ?? false
  }

  private mutating func take(_ word: String) {
    if command == nil, let today = Deprecated.command(word) {
      (command, member) = (today.family, today.member)
      notices.append(
        "Command \"\(word)\" is deprecated, Use \"\(today.family) \(today.member)\" instead"
      )
    } else if command == nil {
      command = word
    } else if member == nil, command.map(OptionTable.families.contains) == true {
      member = word
    } else {
      words.append(word)
    }
  }

  private mutating func takeLong(
    _ argument: Substring,
    _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    var name = String(parts[0])
    let value = parts.count > 1 ? String(parts[1]) : nil
    if let old = Deprecated.option(name, in: meant) {
      notices.append("Flag --\(name) has been deprecated, \(old.advice)")
      switch old.today {
      case .option(let today): name = today
      case .value(let today, let value): return take(today, value)
      case .nothing: return
      }
    }
    switch OptionTable.isValued(name, in: meant) {
    case true?:
      guard let value = value ?? rest.popFirst() else {
        throw UsageError("flag needs an argument: --\(name)")
      }
      take(name, value)
    case false?:
      try takeFlag(name, value)
    case nil:
      throw UsageError("unknown flag: --\(name)", hint: helpHint)
    }
  }

  private mutating func takeShort(
    _ argument: Substring,
    _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    var letters = argument
    while let letter = letters.popFirst() {
      guard let option = OptionTable.option(short: letter, in: meant) else {
        throw UsageError("unknown shorthand flag: '\(letter)' in -\(argument)", hint: helpHint)
      }
      let value = letters.first == "=" ? letters.dropFirst() : letters
      if option.isValued {
        guard let value = value.isEmpty ? rest.popFirst() : String(value) else {
          throw UsageError("flag needs an argument: '\(letter)' in -\(argument)")
        }
        take(option.name, value)
        return
      } else if letters.first == "=" {
        return try takeFlag(option.name, String(value))
      }
      try takeFlag(option.name, nil)
    }
  }

  /// The parser takes an empty value only as a word of its own.
  private mutating func take(_ option: String, _ value: String) {
    options += value.isEmpty ? ["--\(option)", ""] : ["--\(option)=\(value)"]
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

  /// Where the flags are listed.
  var helpHint: String {
    let words = [CalledName.own, command, member, "--help"].compactMap { $0 }
    return "`\(words.joined(separator: " "))` lists the flags"
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
