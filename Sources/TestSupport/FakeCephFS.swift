import Foundation
package import Machine
import Snapshotting
import Synchronization

/// What stands in for a CephFS: directories anywhere, whose volume snapshots are copies.
package final class FakeCephFS: CephFSFolder {
  private struct State {
    var births: [String: String] = [:]
    var count = 0
    var fails = false
  }

  private let state = Mutex(State())

  package init() {}

  /// Has every volume snapshot fail after it was made.
  package func failAfterMaking() { state.withLock { $0.fails = true } }

  /// Where the volume snapshots of `directory` are.
  package func folder(of directory: FilePath) -> FilePath { directory.appending(".snap") }

  /// The names of the volume snapshots of `directory`.
  package func names(of directory: FilePath) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder(of: directory).string)
    return (names ?? []).sorted()
  }

  /// Makes one as another program would.
  package func makeForeign(_ name: String, of directory: FilePath) throws {
    let opened = try openDirectory(directory)
    try make(FileName(name), of: opened.raw, subject: directory)
  }

  /// Removes one as another program would.
  package func removeForeign(_ name: String, of directory: FilePath) throws {
    let opened = try openDirectory(directory)
    try remove(FileName(name), of: opened.raw, subject: directory)
  }

  package func make(
    _ name: FileName,
    of directory: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    let place = try place(of: directory).appending(".snap").appending(name.text)
    if state.withLock({ $0.births[place.string] != nil }) {
      throw SystemCallError(call: "mkdir", subject: place, errno: .fileExists)
    }
    do {
      try copy(try self.place(of: directory), to: place)
    } catch {
      throw SystemCallError(call: "mkdir", subject: place, errno: .ioError)
    }
    let fails = state.withLock { state in
      state.count += 1
      state.births[place.string] = "1764126000.\(state.count)"
      return state.fails
    }
    if fails { throw SystemCallError(call: "mkdir", subject: place, errno: .interrupted) }
  }

  package func birth(
    of snapshot: CInt,
    subject: FilePath
  ) throws(SystemCallError) -> String? {
    let place = try place(of: snapshot)
    return state.withLock { $0.births[place.string] }
  }

  package func remove(
    _ name: FileName,
    of directory: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    let place = try place(of: directory).appending(".snap").appending(name.text)
    guard state.withLock({ $0.births.removeValue(forKey: place.string) }) != nil else {
      throw SystemCallError(call: "rmdir", subject: place, errno: .directoryNotEmpty)
    }
    do {
      try FileManager.default.removeItem(atPath: place.string)
    } catch {
      throw SystemCallError(call: "rmdir", subject: place, errno: .ioError)
    }
  }

  private func place(of directory: CInt) throws(SystemCallError) -> FilePath {
    try realPath(of: FilePath("/proc/self/fd/\(directory)"))
  }

  private func copy(_ source: FilePath, to target: FilePath) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: target.string, withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: source.string) where name != ".snap" {
      try files.copyItem(
        atPath: source.appending(name).string,
        toPath: target.appending(name).string
      )
    }
  }
}
