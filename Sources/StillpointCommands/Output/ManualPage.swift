import ArgumentParser

/// A manual page, made of a command's help.
struct ManualPage {
  /// Such as `stillpoint-key-add`.
  let name: String
  private let abstract: String
  private let help: String

  /// Those of the program and of all its commands.
  static var all: [ManualPage] { pages(of: Stillpoint.self, named: "stillpoint") }

  private static func pages(of command: any ParsableCommand.Type, named name: String) -> [Self] {
    let page = ManualPage(
      name: name,
      abstract: command.configuration.abstract,
      help: Stillpoint.helpMessage(for: command, columns: 80)
    )
    return [page]
      + command.configuration.subcommands.flatMap { member in
        pages(of: member, named: "\(name)-\(member.configuration.commandName ?? "")")
      }
  }

  /// In the language of `man(7)`; without a date, so that it is the same each time.
  var text: String {
    let title = name.uppercased()
    var lines = [
      ".TH \"\(title)\" \"1\" \"\" \"stillpoint \(Version.number)\" \"\"", ".SH NAME",
      "\(Self.escaped(name)) \\- \(Self.escaped(abstract))",
    ]
    var isOpen = false
    for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
      // A section begins with its title, which may be followed by its first line.
      if let section = line.wholeMatch(of: /([A-Z][A-Za-z, -]*):(?: (.*))?/)?.output {
        if isOpen { lines.append(".fi") }
        lines += [".SH \"\(section.1.uppercased())\"", ".nf"]
        if let first = section.2 { lines.append(Self.escaped(String(first))) }
        isOpen = true
      } else if isOpen {
        lines.append(Self.escaped(String(line)))
      }
    }
    if isOpen { lines.append(".fi") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    // A line that begins so would be a command.
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
