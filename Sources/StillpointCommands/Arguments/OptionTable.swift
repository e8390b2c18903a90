/// Which options there are, as far as one must know to tell options, values and arguments apart.
///
/// Tests compare the table with the declarations.
package enum OptionTable {
  /// Options with a value, and their short names.
  package static let valued: [String: Character?] = [
    // Global
    "cacert": nil, "cache-dir": nil, "compression": nil, "http-user-agent": nil, "key-hint": nil,
    "limit-download": nil, "limit-upload": nil, "option": "o", "pack-size": nil,
    "password-command": nil, "password-file": "p", "repo": "r", "repository-file": nil,
    "retry-lock": nil, "stuck-request-timeout": nil, "tls-client-cert": nil,
    // Selecting snapshots
    "host": "H", "tag": nil, "path": nil, "group-by": "g", "latest": nil,
    // backup
    "exclude": "e", "exclude-file": nil, "exclude-if-present": nil, "exclude-larger-than": nil,
    "files-from": nil, "files-from-raw": nil, "files-from-verbatim": nil, "iexclude": nil,
    "iexclude-file": nil, "parent": nil, "read-concurrency": nil,
    "stdin-filename": nil, "time": nil,
    "snapshot-policy": nil, "require": nil, "max-pause": nil, "hot-copy-max": nil, "dump": nil,
    "quiesce": nil, "hold-max": nil, "hooks": nil, "freeze": nil, "fsfreeze": nil,
    "mysql-option-file": nil,
    // backup and verify
    "prove-max-size": nil, "prove-timeout": nil, "scratch": nil,
    // run
    "keep": nil, "source": nil,
    // restore
    "exclude-xattr": nil, "include-xattr": nil, "include": "i", "include-file": nil,
    "iinclude": nil, "iinclude-file": nil,
    "overwrite": nil, "target": "t",
    // forget and prune
    "keep-tag": nil, "keep-within": nil, "keep-within-daily": nil, "keep-within-hourly": nil,
    "keep-within-monthly": nil, "keep-within-weekly": nil, "keep-within-yearly": nil,
    "max-repack-size": nil, "max-unused": nil, "repack-smaller-than": nil,
    "unsafe-recover-no-free-space": nil,
    // cache
    "max-age": nil,
    // mount
    "path-template": nil, "snapshot-template": nil, "time-template": nil,
    // schedule
    "at": nil, "directory": nil, "name": nil, "random-delay": nil,
    // copy and init
    "from-key-hint": nil, "from-password-command": nil, "from-password-file": nil,
    "from-repo": nil, "from-repository-file": nil,
    // generate
    "bash-completion": nil, "fish-completion": nil, "man": nil, "zsh-completion": nil,
    // The others
    "archive": "a", "mode": nil, "newest": "N", "oldest": "O", "read-data-subset": nil,
    "repository-version": nil, "sort": "s",
  ]

  /// Options without a value, and their short names.
  package static let flags: [String: Character?] = [
    // Global
    "cleanup-cache": nil, "help": "h", "insecure-no-password": nil, "insecure-tls": nil,
    "json": nil, "no-cache": nil, "no-extra-verify": nil, "no-lock": nil, "quiet": "q",
    "verbose": "v",
    // backup
    "dry-run": "n", "exclude-caches": nil, "force": "f", "ignore-ctime": nil,
    "ignore-inode": nil, "no-pause": nil, "no-scan": nil, "one-file-system": "x",
    "prove": nil, "skip-if-unchanged": nil, "stdin": nil, "stdin-from-command": nil,
    "with-atime": nil,
    // restore
    "delete": nil, "ownership-by-name": nil, "sparse": nil, "verify": nil,
    // forget and prune
    "prune": nil, "repack-cacheable-only": nil, "repack-small": nil, "repack-uncompressed": nil,
    "unsafe-allow-remove-all": nil,
    // cache
    "cleanup": nil, "no-size": nil,
    // mount
    "allow-other": nil, "no-default-permissions": nil, "owner-root": nil,
    // schedule
    "print": nil, "remove": nil, "user": nil,
    // copy and init
    "copy-chunker-params": nil, "from-insecure-no-password": nil,
    // The others
    "compact": "c", "human-readable": nil, "long": "l", "metadata": nil, "ncdu": nil,
    "read-data": nil, "recursive": nil, "remove-all": nil, "repair": nil, "reverse": nil,
    "with-cache": nil,
    // find
    "blob": nil, "pack": nil, "show-pack-id": nil, "tree": nil,
  ]

  /// Commands whose arguments after `--` are the command line of another program.
  static let hosts: Set = ["run"]

  /// Commands that are a family: the next word says which one of it.
  static let families: Set = ["key", "repair"]

  /// Options of one command: those with a value, and those without.
  struct Options {
    var valued: [String: Character?] = [:]
    var flags: [String: Character?] = [:]
  }

  /// Options that mean something else to one command, or have another short name there.
  static let own: [String: Options] = [
    "find": Options(
      valued: ["snapshot": "s"],
      flags: ["ignore-case": "i", "reverse": "R"]
    ),
    "forget": Options(
      valued: [
        "keep-last": "l", "keep-hourly": "H", "keep-daily": "d", "keep-weekly": "w",
        "keep-monthly": "m", "keep-yearly": "y", "host": nil,
      ]
    ),
    "key": Options(
      valued: ["new-password-file": nil, "user": nil],
      flags: ["new-insecure-no-password": nil]
    ),
    "repair": Options(flags: ["forget": nil, "read-all-packs": nil]),
    "rewrite": Options(
      valued: ["new-host": nil, "new-time": nil],
      flags: ["forget": nil, "snapshot-summary": "s"]
    ),
    "tag": Options(valued: ["add": nil, "remove": nil, "set": nil]),
  ]

  /// Whether an option of `command` takes a value; nil when it doesn't exist.
  static func isValued(_ name: String, in command: String?) -> Bool? {
    let own = command.flatMap { Self.own[$0] } ?? Options()
    if own.valued[name] != nil { return true }
    if own.flags[name] != nil { return false }
    if valued[name] != nil { return true }
    return flags[name] == nil ? nil : false
  }

  /// The long name behind a short one, and whether it takes a value.
  static func option(
    short: Character,
    in command: String?
  ) -> (name: String, isValued: Bool)? {
    let common = Options(valued: valued, flags: flags)
    for options in [command.flatMap { Self.own[$0] }, common] {
      if let found = options?.valued.first(where: { $0.value == short }) {
        return (found.key, true)
      }
      if let found = options?.flags.first(where: { $0.value == short }) {
        return (found.key, false)
      }
    }
    return nil
  }
}
