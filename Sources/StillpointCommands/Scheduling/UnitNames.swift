/// What the units of one schedule are called.
package struct UnitNames: Hashable {
  package let service: String
  package let timer: String

  /// - Parameter name: Tells schedules apart.
  /// - Throws: ``UsageError`` for a name that can't be part of a unit's.
  package init(_ name: String) throws(UsageError) {
    let isUsable = name.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_.".utf8.contains(byte)
    }
    guard isUsable, 1...200 ~= name.utf8.count else {
      throw UsageError(
        "invalid argument \"\(name)\" for \"--name\" flag",
        hint: "a name has letters, digits, -, _ and . only"
      )
    }
    service = "stillpoint-\(name).service"
    timer = "stillpoint-\(name).timer"
  }

  /// The first line of a unit file that is ours to replace, up to what differs.
  package static let mark = "# Written by `stillpoint schedule`"

  /// The first line of a unit file.
  func heading(of unit: String) -> String {
    "\(Self.mark), which replaces it; `systemctl edit \(unit)` adds to it."
  }
}
