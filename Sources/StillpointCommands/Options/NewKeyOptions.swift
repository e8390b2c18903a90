import ArgumentParser
import Machine

/// A key to be made.
struct NewKeyOptions: ParsableArguments {
  @Option(help: .init("File to read the new password from.", valueName: "file"))
  var newPasswordFile: String?

  @Flag(help: "Use an empty password for the new key. (insecure)")
  var newInsecureNoPassword = false

  @Option(help: .init("User of the new key. (default: this user)", valueName: "name"))
  var user: String?

  @Option(help: .init("Host of the new key. (default: this host)", valueName: "name"))
  var host: String?

  var username: String? { user?.isEmpty == true ? nil : user }
  var hostname: String? { host?.isEmpty == true ? nil : host }

  /// The new password: from the file, or typed twice by a person.
  ///
  /// - Throws: ``UsageError``, ``PasswordError``, ``Interrupted``.
  func password(_ session: Session) throws -> [UInt8] {
    let file = newPasswordFile?.isEmpty == true ? nil : newPasswordFile
    if newInsecureNoPassword {
      if file == nil { return [] }
      throw UsageError(
        "only either --new-password-file or --new-insecure-no-password may be specified"
      )
    }
    var reader = session.passwords
    reader.source = file.map { .file($0) } ?? .asked
    reader.noPasswordFlag = "--new-insecure-no-password"
    return try reader.newPassword(question: "enter new password: ")
  }
}
