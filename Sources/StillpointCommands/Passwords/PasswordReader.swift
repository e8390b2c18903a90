import Machine

/// Gets passwords, and never shows them.
struct PasswordReader {
  var source: PasswordSource
  /// Whether standard input is read for something else.
  var isInputTaken = false
  let interruption: Interruption
  /// The option that allows an empty password.
  var noPasswordFlag = "--insecure-no-password"

  /// Whether a person at a terminal is asked, who may mistype.
  var asksPerson: Bool { source == .asked && StandardStream.input.isTerminal }

  /// The password of a repository that exists.
  ///
  /// - Throws: ``PasswordError``; ``Interrupted``.
  func password(question: String) throws -> [UInt8] {
    try read(question: question)
  }

  /// A password that isn't in use yet; a person is asked twice.
  ///
  /// - Throws: ``PasswordError``; ``Interrupted``.
  func newPassword(question: String) throws -> [UInt8] {
    let password = try read(question: question)
    if asksPerson, try read(question: "enter password again: ") != password {
      throw PasswordError("passwords do not match")
    }
    return password
  }

  private func read(question: String) throws -> [UInt8] {
    let password: [UInt8]
    switch source {
    case .none: return []
    case .variable(let bytes): password = bytes
    case .file(let path): password = try read(file: path)
    case .command(let text): password = try run(text)
    case .asked:
      if isInputTaken {
        throw PasswordError(
          "can't read both the password and data from standard input",
          hint: "use --password-file or --password-command"
        )
      }
      password =
        try asksPerson
        ? askSecret(question, interruption) : trimmed(readStandardInputLine(interruption))
    }
    if password.isEmpty { throw PasswordError.empty(noPasswordFlag) }
    return password
  }

  private func read(file name: String) throws -> [UInt8] {
    do {
      return trimmed(decodedText(try readWholeFile(FilePath(bytes: ByteText.bytes(name)))))
    } catch {
      if error.errno == .noSuchFileOrDirectory {
        throw PasswordError("can't get the password: \(name) does not exist")
      }
      throw PasswordError("can't get the password", cause: error)
    }
  }

  private func run(_ text: String) throws -> [UInt8] {
    do {
      return trimmed(try runForSecret(shellWords(ByteText.bytes(text))))
    } catch {
      try interruption.check()
      throw PasswordError("can't get the password", cause: error)
    }
  }
}
