import Machine

/// The name by which the program was called.
enum CalledName {
  /// Whether programs take it for restic: then it leaves out what strict ones trip over.
  static let isRestic =
    FilePath(CommandLine.arguments.first ?? "").lastComponent?.string == "restic"

  static var own: String { isRestic ? "restic" : "stillpoint" }
}
