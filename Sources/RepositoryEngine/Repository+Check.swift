package import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

extension Repository {
  /// Looks for damage, and goes on after finding some.
  ///
  /// It loads the index anew, leaving out index files that are damaged.
  ///
  /// - Parameters:
  ///   - options: How thoroughly.
  ///   - interruption: Asked between files.
  ///   - progress: Called from any thread, one call at a time.
  ///   - onProblem: Called from any thread, one call at a time.
  /// - Returns: What was found; nothing is wrong when `errors` is 0.
  /// - Throws: ``Interrupted``, and ``StoreError`` when the store can't even be listed.
  package func check(
    _ options: CheckOptions = CheckOptions(),
    interruption: Interruption = Interruption(),
    progress: @escaping @Sendable (CheckProgress) -> Void = { _ in },
    onProblem: @escaping @Sendable (CheckProblem) -> Void = { _ in }
  ) throws -> CheckSummary {
    let report = CheckReport(onProgress: progress, onProblem: onProblem)
    try checkKeysAndConfig(report)
    let snapshots = try names(of: .snapshot).filter { name in
      options.snapshots.map { chosen in chosen.contains { $0.digest.hex == name } } ?? true
    }
    let indexed = try checkIndexes(report, interruption)
    let present = try checkPackSizes(indexed, report)
    let walk = TreeWalk(self, report, notesPacks: options.snapshots != nil)
    try checkTrees(of: snapshots, walk, report, interruption)
    let needed = walk.neededPacks
    let readable = needed.map { needed in present.filter { needed.contains($0.id) } } ?? present
    let chosen = choose(options.packs, of: readable)
    try checkContents(of: chosen, indexed, report, interruption)
    return report.summary
  }

  private func checkKeysAndConfig(_ report: CheckReport) throws {
    for name in try names(of: .key) {
      do {
        _ = try KeyFile(parsing: loadFile(.key, name))
      } catch {
        report.error(.key, name, "key \(name) is damaged: \(reason(error))")
      }
    }
    do {
      let sealed = try store.get(ObjectName(kind: FileKind.config.rawValue, name: ""))
      let found = try ConfigFile(parsing: codecs.with { try $0.sealer.opened(sealed) })
      if found != config { throw FormatError("config", "it changed since it was opened") }
    } catch {
      report.error(.config, "", "the config is damaged: \(explained(error))")
    }
  }

  /// Loads all index files and says what they say of each pack.
  private func checkIndexes(
    _ report: CheckReport,
    _ interruption: Interruption
  ) throws -> [PackID: IndexedPack] {
    let found = Mutex<[PackID: IndexedPack]>([:])
    let done = Atomic(0)
    let files = try names(of: .index)
    try loadIndex(interruption) { name, packs, error in
      if let error {
        let text = "index file \(name) is damaged: \(reason(error))"
        report.error(.index, name, text, repairsIndex: true)
      }
      found.withLock { found in
        found.merge(packs) { known, other in
          var known = known
          known.add(other)
          return known
        }
      }
      let count = done.add(1, ordering: .relaxed).newValue
      report.update { _ in .index(done: count, of: files.count) }
    }
    let indexed = found.withLock { $0 }
    report.update { summary in
      summary.packs = indexed.count
      return nil
    }
    for (pack, said) in indexed.sorted(by: { $0.key < $1.key }) { judge(pack, said, report) }
    return indexed
  }

  private func judge(_ pack: PackID, _ said: IndexedPack, _ report: CheckReport) {
    let name = pack.digest.hex
    if said.differs {
      let text = "pack \(name) is described differently by \(said.files) index files"
      report.error(.data, name, text, isPackBroken: pack, repairsIndex: true)
    } else if said.files > 1 {
      let text = "pack \(name) is in \(said.files) index files"
      report.hint(.data, name, text, prunes: false)
    }
    if said.hasData && said.hasTrees {
      let text = "pack \(name) holds both data and trees"
      report.hint(.data, name, text, prunes: true)
    }
  }

  /// Compares the packs in the store with what the index says, and returns those in both.
  private func checkPackSizes(
    _ indexed: [PackID: IndexedPack],
    _ report: CheckReport
  ) throws -> [StoredPack] {
    var missing = Set(indexed.keys)
    var present: [StoredPack] = []
    for object in try store.list(FileKind.data.rawValue) {
      let name = object.name.name
      guard let digest = Digest(hex: name) else { continue }
      let pack = PackID(digest)
      missing.remove(pack)
      guard let said = indexed[pack] else {
        report.hint(.data, name, "pack \(name) is in no index file", prunes: true)
        continue
      }
      present.append(StoredPack(id: pack, size: object.size))
      if said.size != object.size {
        let text =
          "pack \(name) has \(object.size) bytes, but by the index it should have \(said.size)"
        report.error(.data, name, text, isPackBroken: pack)
      }
    }
    for pack in missing.sorted() {
      let name = pack.digest.hex
      let text = "pack \(name) is missing, but the index names it"
      report.error(.data, name, text, isPackBroken: pack, repairsIndex: true)
    }
    return present.sorted { $0.id < $1.id }
  }

  private func choose(_ chosen: CheckedPacks, of packs: [StoredPack]) -> [StoredPack] {
    switch chosen {
    case .none: return []
    case .all: return packs
    case .part(let part, let count):
      return packs.filter { Int($0.id.digest.words.0 >> 56) % count == part - 1 }
    case .percent(let percent):
      let wanted = Double(packs.count) * percent / 100
      return Array(packs.shuffled().prefix(max(1, Int(wanted.rounded(.up)))))
    case .bytes(let bytes):
      var sum: UInt64 = 0
      return Array(
        packs.shuffled().prefix { pack in
          defer { sum += pack.size }
          return sum < bytes
        }
      )
    }
  }
}

/// A pack that the store holds.
struct StoredPack: Hashable, Sendable {
  var id: PackID
  var size: UInt64
}
