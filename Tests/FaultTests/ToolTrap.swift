import Foundation
import Machine

/// A program in front of a tool that kills one of the processes around a certain call of it.
///
/// Stillpoint finds it in `PATH` where it looks for the tool.
struct ToolTrap {
  /// When, and whom.
  struct Strike: CustomStringConvertible {
    /// The first argument of the tool, and which call with it.
    var verb: String
    var number = 1
    /// `before`, `during` or `after` the tool's work.
    var moment: String
    /// `main`, `keeper`, `both` or `tool`.
    var victim: String

    var description: String { "\(victim) \(moment) \(verb) \(number)" }
  }

  /// To be put first in `PATH`.
  let folder: FilePath

  init(of tool: FilePath, in folder: FilePath) throws {
    self.folder = folder
    try FileManager.default.createDirectory(
      atPath: folder.string,
      withIntermediateDirectories: true
    )
    let path = folder.appending(tool.lastComponent?.string ?? "").string
    try Data(Self.script.replacing("TOOL", with: tool.string).utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  /// Sets the trap; it snaps once.
  func set(_ strike: Strike) throws {
    disarm()
    let order = "\(strike.verb) \(strike.number) \(strike.moment) \(strike.victim)\n"
    try Data(order.utf8).write(to: URL(filePath: folder.appending("order").string))
  }

  func disarm() {
    for name in ["order", "calls", "struck"] {
      try? FileManager.default.removeItem(atPath: folder.appending(name).string)
    }
  }

  var hasSnapped: Bool {
    FileManager.default.fileExists(atPath: folder.appending("struck").string)
  }

  private static let script = """
    #!/bin/sh
    here=${0%/*}
    [ -e "$here/order" ] || exec TOOL "$@"
    read verb number moment victim < "$here/order"
    [ "$1" = "$verb" ] || exec TOOL "$@"
    echo >> "$here/calls"
    [ "$(wc -l < "$here/calls")" -eq "$number" ] || exec TOOL "$@"
    strike() {
      touch "$here/struck"
      keeper=
      for child in $(cat /proc/$PPID/task/*/children); do
        if grep -q stillpoint-keeper /proc/$child/cmdline; then keeper=$child; fi
      done
      case $victim in
        main) kill -9 $PPID ;;
        keeper) kill -9 $keeper ;;
        both) kill -9 $PPID $keeper ;;
        tool) kill -9 $tool $$ ;;
      esac
    }
    case $moment in
      before) strike; exec TOOL "$@" ;;
      during) TOOL "$@" & tool=$!; strike; wait $tool ;;
      after) TOOL "$@"; status=$?; strike; exit $status ;;
    esac

    """
}
