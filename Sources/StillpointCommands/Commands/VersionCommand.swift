import ArgumentParser

/// `stillpoint version`.
struct VersionCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "version",
    abstract: "Print version information.",
    discussion: exitStatusHelp(.success, .failure)
  )

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if session.output.isJSON {
      var object = JSONObject()
      object.add("message_type", "version")
      object.add("version", CalledName.isRestic ? Version.restic : Version.number)
      // restic's names, for programs that expect them.
      object.add("go_version", CalledName.isRestic ? Version.resticCompiler : "")
      object.add("go_os", "linux")
      object.add("go_arch", Version.architecture)
      if CalledName.isRestic { object.add("stillpoint_version", Version.number) }
      object.add("swift_version", Version.swift)
      session.output.json(object)
    } else {
      session.output.line(Array(Version.line.utf8))
    }
    return .success
  }
}

/// What this program is.
enum Version {
  static let number = "0.1.0"
  /// The restic whose place it takes, and what that was compiled with: programs that call it by
  /// that name look for both.
  static let restic = "0.19.1"
  static let resticCompiler = "go1.26.4"

  static var line: String {
    let program =
      CalledName.isRestic
      ? "restic \(restic) compiled with \(resticCompiler)"
      : "stillpoint \(number) compiled with swift\(swift)"
    return "\(program) on linux/\(architecture)"
  }
  /// What is written into snapshots.
  static let program = "stillpoint \(number)"

  static let swift: String = {
    #if compiler(>=6.4)
      "6.4+"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }()

  /// The processor, as Go names it.
  static let architecture: String = {
    #if arch(x86_64)
      "amd64"
    #elseif arch(arm64)
      "arm64"
    #else
      "unknown"
    #endif
  }()
}
