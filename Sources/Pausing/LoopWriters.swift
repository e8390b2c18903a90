import Machine

/// Loop devices whose image lies on a volume: the kernel writes for them and can't be held, but
/// it counts what it writes.
struct LoopWriters {
  private struct Loop {
    var name: String
    var image: String
    /// The kernel's counters for the device, held open.
    var statistics: SharedDescriptor
    /// Finished writes since the device was made; nil while there are requests.
    var finishedWrites: UInt64?

    var description: String {
      "the kernel, for /dev/\(name) whose image \(image) is on the volume"
    }
  }

  private var loops: [Loop] = []

  /// Looks for writable loop devices whose image `isOnVolume` accepts.
  init(isOnVolume: (FilePath) -> Bool) {
    guard let blocks = try? Descriptor.open("/sys/block"),
      let listing = try? DirectoryListing(reading: blocks.raw, subject: "/sys/block")
    else { return }
    for index in 0..<listing.count {
      let name = listing.name(at: index).text
      guard name.hasPrefix("loop") else { continue }
      let folder = FilePath("/sys/block").appending(name)
      guard let image = Self.text(folder.appending("loop/backing_file")),
        Self.text(folder.appending("ro")) == "0", isOnVolume(FilePath(image)),
        let statistics = try? Descriptor.open(folder.appending("stat"))
      else { continue }
      loops.append(Loop(name: name, image: image, statistics: SharedDescriptor(statistics)))
    }
  }

  var descriptions: [String] { loops.map(\.description) }

  /// Notes how much has been written.
  mutating func begin() {
    for index in loops.indices { loops[index].finishedWrites = Self.writes(of: loops[index]) }
  }

  /// Those that wrote, or may have, since ``begin()``.
  func active() -> [String] {
    loops
      .filter { $0.finishedWrites == nil || Self.writes(of: $0) != $0.finishedWrites }
      .map(\.description)
  }

  // The fifth number counts finished writes, the ninth the requests that are under way.
  private static func writes(of loop: Loop) -> UInt64? {
    let numbers = text(loop.statistics.raw)?.split(separator: " ").compactMap { UInt64($0) } ?? []
    return numbers.count > 8 && numbers[8] == 0 ? numbers[4] : nil
  }

  private static func text(_ path: FilePath) -> String? {
    guard let file = try? Descriptor.open(path) else { return nil }
    return text(file.raw)
  }

  private static func text(_ file: CInt) -> String? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = try? bytes.withUnsafeMutableBytes { buffer in
      try setPosition(of: file, to: 0, subject: "/sys")
      return try readNext(from: file, into: buffer, subject: "/sys")
    }
    return count.map { String(decoding: bytes[..<$0].prefix { $0 != 10 }, as: UTF8.self) }
  }
}
