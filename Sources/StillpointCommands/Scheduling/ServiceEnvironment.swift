import Machine

/// What of our environment a service needs too.
enum ServiceEnvironment {
  /// Variables of restic that hold no secret, without the family's name.
  private static let plain = ["KEY_HINT", "COMPRESSION", "PACK_SIZE", "READ_CONCURRENCY", "HOST"]

  /// The variables, with absolute paths.
  ///
  /// - Parameters:
  ///   - options: Those that win over variables.
  ///   - absolute: Turns a relative path into an absolute one.
  /// - Returns: Their full names and values.
  /// - Throws: ``UsageError`` for a secret.
  static func variables(
    besides options: GlobalOptions,
    absolute: (String) -> String
  ) throws(UsageError) -> [(name: String, value: [UInt8])] {
    var found: [(name: String, value: [UInt8])] = []
    if options.repo == nil && options.repositoryFile == nil {
      if let variable = try repository(absolute) { found.append(variable) }
    }
    for name in plain {
      guard let value = Environment.value(name) else { continue }
      found.append((Environment.foundName(name), ByteText.bytes(value)))
    }
    if let folder = Environment.value("STATE_DIR", in: .stillpoint) {
      found.append(("STILLPOINT_STATE_DIR", ByteText.bytes(absolute(folder))))
    }
    return found
  }

  private static func repository(
    _ absolute: (String) -> String
  ) throws(UsageError) -> (name: String, value: [UInt8])? {
    for family in Environment.Family.allCases {
      if let location = Environment.value("REPOSITORY", in: family) {
        try ScheduledBackup.checkSecrets(location)
        let path = location.hasPrefix("local:") ? String(location.dropFirst(6)) : location
        return ("\(family.rawValue)_REPOSITORY", ByteText.bytes(absolute(path)))
      }
      if let file = Environment.value("REPOSITORY_FILE", in: family) {
        return ("\(family.rawValue)_REPOSITORY_FILE", ByteText.bytes(absolute(file)))
      }
    }
    return nil
  }
}
