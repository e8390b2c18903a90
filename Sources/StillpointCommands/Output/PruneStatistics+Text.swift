import RepositoryEngine

extension PruneStatistics {
  /// Says them in restic's words.
  func say(on output: Output) {
    func row(_ title: String, _ blobs: Int, _ bytes: UInt64) -> String {
      "\(title.aligned(left: 13)) \("\(blobs)".aligned(right: 10)) blobs / \(Quantity.bytes(bytes))"
    }
    func count(_ title: String, _ number: Int, _ what: String = "") -> String {
      "\(title)\("\(number)".aligned(right: 10))\(what)"
    }
    output.say("\n" + row("used:", blobs.used, size.used), at: .verbose)
    if blobs.duplicate > 0 {
      output.say(row("duplicates:", blobs.duplicate, size.duplicate), at: .verbose)
    }
    output.say(row("unused:", blobs.unused, size.unused), at: .verbose)
    if size.unreferenced > 0 {
      let bytes = Quantity.bytes(size.unreferenced)
      output.say("unreferenced:                    \(bytes)", at: .verbose)
    }
    output.say(row("total:", blobs.total, size.total), at: .verbose)
    let unneeded = Quantity.percent(size.duplicate + size.unused, of: size.total)
    output.say("unused size: \(unneeded) of total size", at: .verbose)
    output.say("\n" + row("to repack:", blobs.repack, size.repack))
    output.say(row("this removes:", blobs.repackRemoved, size.repackRemoved))
    output.say(row("to delete:", blobs.removed, size.removed + size.unreferenced))
    output.say(row("total prune:", blobs.removedTotal, size.removedTotal))
    if size.uncompressed > 0 {
      output.say("not yet compressed:              \(Quantity.bytes(size.uncompressed))")
    }
    output.say(row("remaining:", blobs.remaining, size.remaining))
    let part = Quantity.percent(size.remainingUnused, of: size.remaining)
    let unused = Quantity.bytes(size.remainingUnused)
    output.say("unused size after prune: \(unused) (\(part) of remaining size)\n")
    output.say(count("totally used packs: ", packs.used), at: .verbose)
    output.say(count("partly used packs:  ", packs.partlyUsed), at: .verbose)
    output.say(count("unused packs:       ", packs.unused) + "\n", at: .verbose)
    output.say(count("to keep:      ", packs.kept, " packs"), at: .verbose)
    output.say(count("to repack:    ", packs.repack, " packs"), at: .verbose)
    output.say(count("to delete:    ", packs.removed, " packs"), at: .verbose)
    if packs.unreferenced > 0 {
      let text = count("to delete:    ", packs.unreferenced, " unreferenced packs")
      output.say(text + "\n", at: .verbose)
    }
  }

  /// As restic writes them since 0.20.
  var json: JSONObject {
    var object = JSONObject()
    object.add("message_type", "summary")
    object.add("blobs", blobs.json)
    object.add("bytes", size.json)
    object.add("packfiles", packs.json)
    return object
  }
}

extension PruneStatistics.Blobs {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("used", used)
    object.add("duplicate", duplicate)
    object.add("unused", unused)
    object.add("total", total)
    object.add("repack", repack)
    object.add("repack_remove", repackRemoved)
    object.add("remove", removed)
    object.add("remove_total", removedTotal)
    object.add("remaining", remaining)
    return object
  }
}

extension PruneStatistics.Size {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("used", used)
    object.add("duplicate", duplicate)
    object.add("unused", unused)
    object.add("unreferenced", unreferenced)
    object.add("uncompressed", uncompressed)
    object.add("total", total)
    object.add("repack", repack)
    object.add("repack_remove", repackRemoved)
    object.add("remove", removed)
    object.add("remove_total", removedTotal)
    object.add("remaining", remaining)
    object.add("remaining_unused", remainingUnused)
    return object
  }
}

extension PruneStatistics.Packs {
  fileprivate var json: JSONObject {
    var object = JSONObject()
    object.add("used", used)
    object.add("unused", unused)
    object.add("partly_used", partlyUsed)
    object.add("unreferenced", unreferenced)
    object.add("total", total)
    object.add("keep", kept)
    object.add("repack", repack)
    object.add("remove", removed)
    object.add("remove_total", removedTotal)
    return object
  }
}
