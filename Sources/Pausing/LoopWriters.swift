import Machine

/// Loop devices whose image lies on a volume: the kernel writes for them, and can't be held.
struct LoopWriters {
  /// A writable loop device: how many writes it has finished, and how many requests it has now.
  struct Activity: Hashable {
    var name: String
    var image: String
    var finishedWrites: UInt64
    var requests: UInt64
  }

  private let before: [Activity]

  /// Looks at the loop devices whose image `isOnVolume` accepts.
  init(isOnVolume: (FilePath) -> Bool) {
    before = Self.activities().filter { isOnVolume(FilePath($0.image)) }
  }

  var descriptions: [String] {
    before.map { "the kernel for /dev/\($0.name): its image \($0.image) is on the volume" }
  }

  /// Those that wrote or may have written since.
  func active() -> [String] {
    let now = Self.activities()
    return zip(before, descriptions).compactMap { activity, description in
      now.contains(activity) && activity.requests == 0 ? nil : description
    }
  }

  private static func activities() -> [Activity] {
    var names: [String] = []
    var number = 0
    // Loop devices are numbered from 0, and stay when they are detached.
    while let stat = text("/sys/block/loop\(number)/stat") {
      names.append(stat)
      number += 1
    }
    return names.enumerated().compactMap { number, stat in
      let folder = "/sys/block/loop\(number)"
      guard let image = text("\(folder)/loop/backing_file"), text("\(folder)/ro") == "0" else {
        return nil
      }
      let fields = stat.split(separator: " ").compactMap { UInt64($0) }
      guard fields.count > 8 else { return nil }
      return Activity(
        name: "loop\(number)",
        image: image,
        finishedWrites: fields[4],
        requests: fields[8]
      )
    }
  }

  private static func text(_ path: String) -> String? {
    guard let file = try? Descriptor.open(FilePath(path)) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { try? readNext(from: file.raw, into: $0, subject: "") }
    return count.map {
      String(decoding: bytes[..<$0].drop { $0 == 32 }.prefix { $0 != 10 }, as: UTF8.self)
    }
  }
}
