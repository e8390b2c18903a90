/// What the program `zfs` is asked, and what it answers.
///
/// Source: `zfs-get(8)`, `zfs-snapshot(8)`, `zfs-hold(8)`, `zfs-destroy(8)`; tried with 2.3.9.
package enum ZFS {
  /// Properties by name, of datasets and volume snapshots by name.
  package typealias Properties = [String: [String: String]]

  /// Asks for properties, which any user may.
  ///
  /// One name that doesn't exist makes it fail.
  ///
  /// - Parameters:
  ///   - properties: Their names.
  ///   - names: Of datasets and volume snapshots.
  /// - Returns: The command; ``properties(parsing:)`` reads its output.
  package static func get(_ properties: [String], of names: [String]) -> Command {
    let list = properties.joined(separator: ",")
    return Command("zfs", arguments: ["get", "-Hp", "-o", "name,property,value", list] + names)
  }

  /// Asks for properties of every mountable dataset of every pool.
  package static func getOfAll(_ properties: [String]) -> Command {
    let list = properties.joined(separator: ",")
    return Command("zfs", "get", "-Hp", "-o", "name,property,value", "-t", "filesystem", list)
  }

  /// Reads what ``get(_:of:)`` prints: lines of name, property and value between tabs.
  ///
  /// A property that there isn't is printed as `-` and left out.
  package static func properties(parsing output: [UInt8]) -> Properties {
    var found: Properties = [:]
    for fields in lines(of: output) where fields.count == 3 && fields[2] != "-" {
      found[fields[0], default: [:]][fields[1]] = fields[2]
    }
    return found
  }

  /// Asks which volume snapshots, of all pools, have a property that they don't inherit.
  ///
  /// - Returns: The command; ``properties(parsing:)`` reads its output.
  package static func getOfSnapshots(having property: String) -> Command {
    let columns = ["-o", "name,property,value", "-s", "local,received", "-t", "snapshot"]
    return Command("zfs", arguments: ["get", "-Hp"] + columns + [property])
  }

  /// Asks how full each pool is.
  ///
  /// - Returns: The command; ``capacities(parsing:)`` reads its output.
  package static func poolCapacities() -> Command {
    Command("zpool", "list", "-Hp", "-o", "name,capacity")
  }

  /// Reads what ``poolCapacities()`` prints: lines of a name and a percentage between tabs.
  package static func capacities(parsing output: [UInt8]) -> [String: Int] {
    var found: [String: Int] = [:]
    for fields in lines(of: output) where fields.count == 2 { found[fields[0]] = Int(fields[1]) }
    return found
  }

  /// Whether the kernel knows ZFS: without that there are no pools.
  package static var isLoaded: Bool { (try? fileMetadata(of: "/sys/module/zfs")) != nil }

  /// Takes volume snapshots, all at one moment; they must be of one pool.
  ///
  /// - Parameters:
  ///   - names: `DATASET@NAME`.
  ///   - property: A user property that each has from the beginning.
  ///   - value: Of the property.
  /// - Returns: The command.
  package static func snapshot(
    _ names: [String],
    setting property: String,
    to value: String
  ) -> Command {
    Command("zfs", arguments: ["snapshot", "-o", "\(property)=\(value)"] + names)
  }

  /// Keeps volume snapshots from being destroyed until the hold is released.
  package static func hold(_ names: [String], tag: String) -> Command {
    Command("zfs", arguments: ["hold", tag] + names)
  }

  /// Ends a hold; fails for a volume snapshot that doesn't have it.
  package static func release(_ names: [String], tag: String) -> Command {
    Command("zfs", arguments: ["release", tag] + names)
  }

  /// Asks for the holds of volume snapshots.
  ///
  /// - Returns: The command; ``holds(parsing:)`` reads its output.
  package static func holds(of names: [String]) -> Command {
    Command("zfs", arguments: ["holds", "-H"] + names)
  }

  /// Reads what ``holds(of:)`` prints: lines of name, tag and time between tabs.
  package static func holds(parsing output: [UInt8]) -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for fields in lines(of: output) where fields.count >= 2 {
      found[fields[0], default: []].insert(fields[1])
    }
    return found
  }

  /// Destroys one volume snapshot, never a dataset.
  ///
  /// - Parameter name: `DATASET@NAME`, where the name isn't one of `zfs destroy`'s lists or ranges.
  /// - Returns: The command.
  package static func destroy(_ name: String) -> Command {
    let parts = name.split(separator: "@", omittingEmptySubsequences: false)
    precondition(
      parts.count == 2 && !parts[1].isEmpty && !parts[1].contains { ",%".contains($0) },
      "only single volume snapshots are destroyed"
    )
    return Command("zfs", "destroy", name)
  }

  private static func lines(of output: [UInt8]) -> [[String]] {
    String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

extension CommandError {
  /// Whether `zfs` says that there is no dataset or volume snapshot of that name.
  package var isNoSuchDataset: Bool { standardError.contains("does not exist") }

  /// Whether `zfs` says that something still uses it.
  package var isDatasetBusy: Bool { standardError.contains("dataset is busy") }
}
