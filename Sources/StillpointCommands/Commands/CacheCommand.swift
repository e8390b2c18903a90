import ArgumentParser
import Machine

/// `stillpoint cache`.
struct CacheCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Operate on restic's local cache directories.",
    discussion: """
      A local repository needs no cache here; this lists and removes what restic keeps.

      """ + exitStatusHelp(.success, .failure)
  )

  @Flag(help: "Remove old cache directories.")
  var cleanup = false

  @Option(help: .init("From which age in days a directory is old.", valueName: "days"))
  var maxAge = "30"

  @Flag(help: "Don't show the size of the directories.")
  var noSize = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the cache command expects no arguments, only options")
    }
    guard let days = UInt32(maxAge) else {
      throw UsageError("invalid argument \"\(maxAge)\" for \"--max-age\" flag")
    }
    if global.remote.noCache {
      throw UsageError("Refusing to do anything, the cache is disabled")
    }
    let base = CacheFolder.base(global.remote.cacheDir)
    let folders = try CacheFolder.all(in: base)
    if cleanup || global.remote.cleanupCache {
      try remove(folders.filter { $0.isOld(days: days) }, session.output)
    } else if folders.isEmpty {
      session.output.say("no cache dirs found, basedir is \(base)")
    } else {
      try show(folders, days, session.output)
      session.output.say("\(folders.count) cache dirs in \(base)")
    }
    return .success
  }

  private func remove(_ folders: [CacheFolder], _ output: Output) throws {
    if folders.isEmpty { return output.say("no old cache dirs found") }
    output.say("remove \(folders.count) old cache directories")
    for folder in folders {
      do {
        try LocalFiles.removeTree(folder.path)
      } catch {
        output.error(["unable to remove \(folder.path): \(error)"])
      }
    }
  }

  private func show(_ folders: [CacheFolder], _ days: UInt32, _ output: Output) throws {
    var table = Table(["Repo ID", "Last Used", "Old"] + (noSize ? [] : ["Size"]))
    for folder in folders {
      let name =
        folder.name.hasPrefix(CacheFolder.checkPrefix)
        ? folder.name : folder.name.prefix(10).description
      var cells = [
        [name], ["\(folder.ageInDays) days ago"], [folder.isOld(days: days) ? "yes" : ""],
      ]
      if !noSize {
        let size = try LocalFiles.sizeOfTree(folder.path)
        cells.append([Quantity.bytes(size).aligned(right: 11)])
      }
      table.add(cells)
    }
    for line in table.lines { output.line(Array(line.utf8), isLast: false) }
  }
}

/// What restic keeps of one repository.
struct CacheFolder {
  /// Of the folders that `restic check` leaves when it is killed.
  static let checkPrefix = "restic-check-cache-"

  let path: FilePath
  let name: String
  let used: FileTime

  /// Where restic keeps its caches.
  static func base(_ chosen: String?) -> FilePath {
    if let chosen = chosen ?? Environment.value("CACHE_DIR"), !chosen.isEmpty {
      return FilePath(bytes: ByteText.bytes(chosen))
    }
    let cache = environmentVariable("XDG_CACHE_HOME").flatMap { $0.isEmpty ? nil : $0 }
    if let cache { return FilePath(bytes: cache).appending("restic") }
    let home = environmentVariable("HOME") ?? Array("/".utf8)
    return FilePath(bytes: home).appending(".cache/restic")
  }

  /// Those that were used longest ago first.
  ///
  /// - Throws: ``SystemCallError``.
  static func all(in base: FilePath) throws -> [CacheFolder] {
    guard (try? fileMetadata(of: base, followingLinks: true)) != nil else { return [] }
    let names = try LocalFiles.names(in: base)
    let found = names.compactMap { name -> CacheFolder? in
      let text = name.text
      let path = base.appending(text)
      guard isCacheName(text), let file = try? fileMetadata(of: path), file.type == .directory
      else { return nil }
      return CacheFolder(path: path, name: text, used: file.modified)
    }
    return found.sorted { $0.used < $1.used }
  }

  var ageInDays: Int64 { max(0, Host.now.seconds - used.seconds) / 86_400 }

  func isOld(days: UInt32) -> Bool { Host.now.seconds - used.seconds > Int64(days) * 86_400 }

  private static func isCacheName(_ name: String) -> Bool {
    if name.hasPrefix(checkPrefix) {
      return name.utf8.dropFirst(checkPrefix.utf8.count).allSatisfy { (0x30...0x39).contains($0) }
    }
    return name.utf8.count == 64
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
      }
  }
}
