import CLinux
import Glibc

/// What a program gets that is not to do anything but with one folder.
package struct Confinement: Sendable {
  /// Where it begins, and all that it can write to.
  package var folder: FilePath
  /// Whose rights it has; nil for ours.
  package var user: ProgramUser?
  /// Its standard input.
  package var input: FilePath = "/dev/null"
  /// A new file for what it writes to its standard streams.
  package var output: FilePath

  package init(folder: FilePath, user: ProgramUser?, output: FilePath) {
    self.folder = folder
    self.user = user
    self.output = output
  }
}

/// A running program that can write only to one folder, has no network, and sees no shared memory
/// of others.
///
/// It ends by force, with all that it started, when this goes away, when the thread that started it
/// ends, and so also when we are killed: it is the first of its own processes.
package struct ConfinedProgram: ~Copyable {
  private let process: ProcessID
  private let handle: ProcessHandle
  private var status: CInt?

  private init(_ process: ProcessID, _ handle: consuming ProcessHandle) {
    self.process = process
    self.handle = handle
  }

  /// Starts a program.
  ///
  /// The corresponding C functions are `clone` and `execve`.
  ///
  /// - Parameters:
  ///   - command: Its tool is an absolute path.
  ///   - confinement: What it gets. Of our environment it gets `PATH` alone.
  /// - Returns: The running program.
  /// - Throws: ``SystemCallError``: among others `EPERM` where that isn't allowed.
  package static func start(
    _ command: Command,
    _ confinement: Confinement
  ) throws(SystemCallError) -> ConfinedProgram {
    let input = try Descriptor.open(confinement.input)
    let output = try Descriptor.open(
      confinement.output,
      O_WRONLY | O_CREAT | O_EXCL | O_APPEND
    )
    let path = String(decoding: environmentVariable("PATH") ?? [], as: UTF8.self)
    let program = FilePath(command.tool)
    let process = try kernelCall("clone", program) {
      confinement.folder.withPlatformString { folder in
        var raw = clinux_confinement(
          folder: folder,
          input: input.raw,
          output: output.raw,
          changes_user: confinement.user == nil ? 0 : 1,
          user: confinement.user?.userID ?? 0,
          group: confinement.user?.groupID ?? 0,
          is_ordinary: mayAdministrate ? 0 : 1
        )
        return withCStrings([command.tool] + command.arguments) { arguments in
          withCStrings(["LC_ALL=C", "PATH=\(path)"]) { environment in
            command.tool.withCString { clinux_spawn_confined($0, arguments, environment, &raw) }
          }
        }
      }
    }
    do {
      return ConfinedProgram(process, try ProcessHandle(process))
    } catch {
      _ = kill(process, SIGKILL)
      reap(process)
      throw error
    }
  }

  /// Waits until it has ended.
  ///
  /// - Returns: Its exit status, or 128 and the signal that ended it; nil when it runs on.
  package mutating func wait(atMost timeout: Duration) -> Int32? {
    if let status { return status }
    guard waitUntilReadable([handle.raw], timeout: timeout)[0] else { return nil }
    status = reap(process)
    return status
  }

  /// Asks it to end, unless it has.
  package borrowing func send(_ request: EndRequest) {
    if status == nil { handle.send(request == .interrupt ? SIGINT : SIGTERM) }
  }

  deinit {
    guard status == nil else { return }
    handle.kill()
    reap(process)
  }
}

/// How a program is asked to end.
package enum EndRequest: Hashable, Sendable {
  /// `SIGINT`.
  case interrupt
  /// `SIGTERM`.
  case terminate
}

/// A user and the group that is its own.
package struct ProgramUser: Hashable, Sendable {
  package let userID: UInt32
  package let groupID: UInt32

  /// Looks up a user of this machine; nil when there is none, or when it is root.
  ///
  /// The corresponding C function is `getpwnam_r`.
  package init?(named name: [UInt8]) {
    guard !name.isEmpty, !name.contains(0) else { return nil }
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    let text = name.map { CChar(bitPattern: $0) } + [0]
    let result = getpwnam_r(text, &entry, &buffer, buffer.count, &found)
    guard result == 0, found != nil, entry.pw_uid != 0 else { return nil }
    userID = entry.pw_uid
    groupID = entry.pw_gid
  }
}
