import Machine

/// The environment variables of restic, and ours, which win.
enum Environment {
  /// The value of `STILLPOINT_name`, else of `RESTIC_name`; nil when neither holds anything.
  static func value(_ name: String) -> String? {
    value(name, in: .stillpoint) ?? value(name, in: .restic)
  }

  /// Whose variables.
  enum Family: String, CaseIterable {
    case stillpoint = "STILLPOINT"
    case restic = "RESTIC"
  }

  static func value(_ name: String, in family: Family) -> String? {
    guard let bytes = environmentVariable("\(family.rawValue)_\(name)") else { return nil }
    return bytes.isEmpty ? nil : ByteText.text(bytes)
  }

  /// The name under which a value was found, for messages.
  static func foundName(_ name: String) -> String {
    let family = value(name, in: .stillpoint) == nil ? Family.restic : .stillpoint
    return "\(family.rawValue)_\(name)"
  }
}
