import CLinux

/// A file that a process has mapped so that others see what it stores there.
package struct SharedMapping: Hashable, Sendable {
  package var start: UInt64
  package var end: UInt64
  /// Of the file system's superblock, as in `/proc/PID/mountinfo`.
  package var device: UInt64
  package var inode: UInt64
  package var isWritable: Bool
}

extension ProcessTable {
  /// Whether `process` can store into files through a shared mapping.
  ///
  /// - Parameters:
  ///   - process: Whose mappings.
  ///   - devices: The superblocks of the files.
  /// - Returns: False also when the mappings may not be read.
  package func hasWritableMapping(_ process: ProcessID, of devices: Set<UInt64>) -> Bool {
    anySharedMapping(of: process) { devices.contains($0.device) && canStore($0, of: process) }
      ?? false
  }

  private func canStore(_ mapping: SharedMapping, of process: ProcessID) -> Bool {
    if mapping.isWritable { return true }
    // One that was opened for writing can be made writable again without any file.
    let path = ProcessPath(process, mappingFrom: mapping.start, to: mapping.end)
    return linkPermissions(of: path).map { $0 & 0o200 != 0 } ?? true
  }

  /// Those of `devices`, superblocks, into whose files any process can store through a mapping.
  package func devicesMapped(among devices: Set<UInt64>) -> Set<UInt64> {
    var processes: [ProcessID] = []
    listProcesses(into: &processes)
    var found: Set<UInt64> = []
    for process in processes where found.count < devices.count {
      _ = anySharedMapping(of: process) { mapping in
        if devices.contains(mapping.device), !found.contains(mapping.device),
          canStore(mapping, of: process)
        {
          found.insert(mapping.device)
        }
        return found.count == devices.count
      }
    }
    return found
  }

  /// Calls `body` with each shared mapping of a file in `process`, until it returns true.
  ///
  /// - Parameters:
  ///   - process: Whose mappings.
  ///   - body: Says whether that was enough.
  /// - Returns: What `body` returned last; nil when the mappings may not be read.
  package func anySharedMapping(of process: ProcessID, _ body: (SharedMapping) -> Bool) -> Bool? {
    guard let maps = open(ProcessPath(process, "maps")) else {
      return Self.isForbidden ? nil : false
    }
    var address: UInt64 = 0
    while true {
      var found = clinux_mapping()
      let result = clinux_next_shared_mapping(maps.raw, address, &found)
      if result == -Errno.inappropriateIOCTLForDevice.rawValue {
        return anyMapping(inTextOf: process, body)
      }
      if result != 1 { return false }
      let mapping = SharedMapping(
        start: found.start,
        end: found.end,
        device: found.device,
        inode: found.inode,
        isWritable: found.is_writable == 1
      )
      if body(mapping) { return true }
      address = found.end
    }
  }

  // Before Linux 6.11 there is only the text.
  private func anyMapping(inTextOf process: ProcessID, _ body: (SharedMapping) -> Bool) -> Bool {
    guard let text = contents(of: ProcessPath(process, "maps")) else { return false }
    return text.split(separator: UInt8(ascii: "\n")).contains { line in
      SharedMapping(parsing: line).map(body) ?? false
    }
  }
}

extension SharedMapping {
  /// Reads a line of `/proc/PID/maps`; nil unless it is a shared mapping of a file.
  ///
  ///     7f12a000-7f12b000 rw-s 00000000 00:2b 257    /srv/file
  package init?(parsing line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard fields.count >= 5, fields[1].count == 4, fields[1].last == UInt8(ascii: "s"),
      fields[4] != [UInt8(ascii: "0")]
    else { return nil }
    let range = fields[0].split(separator: UInt8(ascii: "-"))
    let device = fields[3].split(separator: UInt8(ascii: ":"))
    func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
      UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }
    guard range.count == 2, device.count == 2, let start = number(range[0]),
      let end = number(range[1]), let major = number(device[0]), let minor = number(device[1]),
      let inode = UInt64(String(decoding: fields[4], as: UTF8.self))
    else { return nil }
    self.init(
      start: start,
      end: end,
      device: deviceNumber(major: UInt32(major), minor: UInt32(minor)),
      inode: inode,
      isWritable: fields[1].dropFirst().first == UInt8(ascii: "w")
    )
  }
}
