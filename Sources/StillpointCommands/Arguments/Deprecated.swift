/// What restic takes, though its help doesn't list it any more, and what it is called today.
enum Deprecated {
  enum Today {
    /// Another option with the same value.
    case option(String)
    /// Another option with this value.
    case value(String, String)
    /// It does nothing.
    case nothing
  }

  static func option(_ name: String, in command: String?) -> (today: Today, advice: String)? {
    switch (command, name) {
    case ("backup", "hostname"), ("forget", "hostname"): (.option("host"), "use --host")
    case ("snapshots", "last"): (.value("latest", "1"), "use --latest 1")
    case ("check", "check-unused"):
      (.nothing, "`--check-unused` is deprecated and will be ignored")
    default: nil
    }
  }

  static func command(_ name: String) -> (family: String, member: String)? {
    name == "rebuild-index" ? ("repair", "index") : nil
  }
}
