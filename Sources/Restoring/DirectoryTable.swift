import Machine
import Synchronization

/// A directory of the target, as an index in a ``DirectoryTable``.
typealias DirectoryIndex = Int32

/// The directories of the target that are being worked on, and as many of their descriptors as
/// we may keep open.
///
/// A directory is reached from the one above by its name alone, without following links, so
/// neither the depth nor the length of a path matters, and nothing planted there leads outside.
/// Directories are counted: one is forgotten when nobody uses it and nothing is left below it.
final class DirectoryTable: Sendable {
  static let root: DirectoryIndex = 0

  private struct Entry {
    var parent: DirectoryIndex
    var name: FileName
    var descriptor: SharedDescriptor?
    var uses: Int32
  }

  private struct State {
    var entries: [Entry] = []
    var free: [DirectoryIndex] = []
    /// Whose descriptors are open; the oldest is closed first.
    var open: [DirectoryIndex] = []
    var oldest = 0
  }

  /// The directory in the file system that index 0 stands for.
  let rootPath: FilePath
  private let openMax: Int
  private let state: Mutex<State>

  /// Makes a table of the root alone.
  ///
  /// - Parameters:
  ///   - root: Nil in a dry run to a directory that doesn't exist.
  ///   - path: Where it is.
  ///   - openMax: How many descriptors are kept open at most.
  init(root: SharedDescriptor?, path: FilePath, openMax: Int = 256) {
    rootPath = path
    self.openMax = openMax
    var initial = State()
    // A parent of its own: the way up ends here.
    initial.entries = [Entry(parent: 0, name: FileName(""), descriptor: root, uses: 1)]
    state = Mutex(initial)
  }

  /// Takes up `name` below `parent`, used once.
  func add(_ name: FileName, below parent: DirectoryIndex) -> DirectoryIndex {
    state.withLock { state in
      state.entries[Int(parent)].uses += 1
      let entry = Entry(parent: parent, name: name, descriptor: nil, uses: 1)
      if let index = state.free.popLast() {
        state.entries[Int(index)] = entry
        return index
      }
      state.entries.append(entry)
      return DirectoryIndex(state.entries.count - 1)
    }
  }

  /// Adds a use.
  func retain(_ index: DirectoryIndex) {
    state.withLock { $0.entries[Int(index)].uses += 1 }
  }

  /// Ends a use.
  func release(_ index: DirectoryIndex) {
    state.withLock { state in
      var index = index
      while index != Self.root {
        state.entries[Int(index)].uses -= 1
        guard state.entries[Int(index)].uses == 0 else { return }
        state.entries[Int(index)].descriptor = nil
        state.free.append(index)
        index = state.entries[Int(index)].parent
      }
    }
  }

  /// The open directory; opened from the nearest one above that is open.
  func descriptor(of index: DirectoryIndex) throws(SystemCallError) -> SharedDescriptor {
    try state.withLock { (state) throws(SystemCallError) -> SharedDescriptor in
      if let descriptor = state.entries[Int(index)].descriptor { return descriptor }
      var way: [DirectoryIndex] = []
      var above = index
      while state.entries[Int(above)].descriptor == nil {
        way.append(above)
        above = state.entries[Int(above)].parent
      }
      guard var current = state.entries[Int(above)].descriptor else {
        preconditionFailure("the way up ends at an open directory")
      }
      for step in way.reversed() {
        let opened = try openDirectory(
          in: current.raw,
          state.entries[Int(step)].name,
          subject: fileSystemPath(of: step, nil, state)
        )
        current = SharedDescriptor(opened)
        state.entries[Int(step)].descriptor = current
        noteOpen(step, &state)
      }
      return current
    }
  }

  private func noteOpen(_ index: DirectoryIndex, _ state: inout State) {
    if state.open.count < openMax {
      state.open.append(index)
    } else {
      state.entries[Int(state.open[state.oldest])].descriptor = nil
      state.open[state.oldest] = index
      state.oldest = (state.oldest + 1) % openMax
    }
  }

  /// The path within what is restored, beginning with a slash.
  func location(of index: DirectoryIndex, _ name: FileName? = nil) -> FilePath {
    state.withLock { FilePath(bytes: locationBytes(of: index, name, $0)) }
  }

  /// The path in the file system.
  func fileSystemPath(of index: DirectoryIndex, _ name: FileName? = nil) -> FilePath {
    state.withLock { fileSystemPath(of: index, name, $0) }
  }

  private func fileSystemPath(
    of index: DirectoryIndex,
    _ name: FileName?,
    _ state: borrowing State
  ) -> FilePath {
    let location = locationBytes(of: index, name, state)
    let root = rootPath.bytes
    if location == [UInt8(ascii: "/")] { return rootPath }
    return FilePath(bytes: (root.last == UInt8(ascii: "/") ? root.dropLast() : root) + location)
  }

  private func locationBytes(
    of index: DirectoryIndex,
    _ name: FileName?,
    _ state: borrowing State
  ) -> [UInt8] {
    var names: [FileName] = name.map { [$0] } ?? []
    var current = index
    while current != Self.root {
      names.append(state.entries[Int(current)].name)
      current = state.entries[Int(current)].parent
    }
    if names.isEmpty { return [UInt8(ascii: "/")] }
    var bytes: [UInt8] = []
    for name in names.reversed() {
      bytes.append(UInt8(ascii: "/"))
      bytes.append(contentsOf: name.bytes)
    }
    return bytes
  }
}

extension FilePath {
  /// Makes a path of bytes without a zero.
  init(bytes: [UInt8]) {
    self = FileName(bytes).withCString { FilePath(platformString: $0) }
  }

  /// The bytes of the path, without a closing zero.
  var bytes: [UInt8] {
    withPlatformString { text in
      UnsafeRawBufferPointer(start: text, count: length).map { $0 }
    }
  }
}
