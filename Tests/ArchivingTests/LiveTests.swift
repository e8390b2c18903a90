import Archiving
import Foundation
import Glibc
import Machine
import Planning
import RepositoryEngine
import RepositoryFormat
import Synchronization
import TestSupport
import Testing
import Viewing

/// A file that is changed through a mapping, without a system call.
final class MappedFile: Sendable {
  private let descriptor: Descriptor
  private let bytes: Mutex<UnsafeMutableRawBufferPointer>

  init(_ path: FilePath) throws {
    descriptor = try Descriptor.open(path, O_RDWR | O_CREAT)
    let size = 1 << 16
    ftruncate(descriptor.raw, size)
    let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.raw, 0)
    bytes = Mutex(UnsafeMutableRawBufferPointer(start: base, count: size))
    touch()
  }

  deinit { bytes.withLock { _ = munmap($0.baseAddress, $0.count) } }

  /// Counts the first byte up.
  func change() { bytes.withLock { $0[0] &+= 1 } }

  /// Stores what is there already.
  func touch() { bytes.withLock { $0[0] = $0[0] } }
}

@Suite struct `A live file` {
  /// Appends to a file, as another program would.
  static func grow(_ path: FilePath, by count: Int = 1) {
    guard let handle = FileHandle(forWritingAtPath: path.string) else { return }
    defer { try? handle.close() }
    _ = try? handle.seekToEnd()
    try? handle.write(contentsOf: Data(repeating: 0x2b, count: count))
  }

  @Test func `that changes while it is read is copied while nobody can write`() throws {
    try Workshop.with { shop in
      var times = 0
      // A program that another test begins has the file open too, until it runs: no lease then.
      for _ in 0..<20 where times != 1 {
        try shop.write("a", "one")
        let reads = Atomic(0)
        let result = try shop.archive { request in
          request.hooks.wasRead = { path in
            reads.add(1, ordering: .relaxed)
            Self.grow(path)
          }
        }
        times = reads.load(ordering: .relaxed)
        guard times == 1 else { continue }
        #expect(result.unsettled == [])
        let node = try shop.nodes(result.tree)["source/a"]
        #expect(try shop.content(node) == Array("one+".utf8))
        #expect(node?.size == 4)
      }
      #expect(times == 1)
    }
  }

  @Test(.enabled("needs tmpfs in /dev/shm") { hasSharedMemory })
  func `that never settles is stored as last read and named`() throws {
    let directory = try makeDirectoryInMemory()
    defer { try? FileManager.default.removeItem(atPath: directory.string) }
    try Workshop.with { shop in
      let busy = directory.appending("a")
      try Data(noise(2_000_000)).write(to: URL(filePath: busy.string))
      try Data("b".utf8).write(to: URL(filePath: directory.appending("b").string))
      // Who may write at any moment: there is no lease.
      let writer = try Descriptor.open(busy, O_WRONLY)
      defer { withExtendedLifetime(writer) {} }
      let progress = ArchiveProgress()
      var request = try shop.request([
        ArchiveTarget(path: directory, placement: [FileName("memory")])
      ])
      request.hooks.wasRead = { if $0.lastComponent == "a" { Self.grow($0) } }
      let result = try shop.archive(request, progress: progress)
      #expect(result.unsettled.map(\.path) == [busy])
      let node = try shop.nodes(result.tree)["memory/a"]
      let size = try #require(node?.size)
      #expect(size > 2_000_000)
      #expect(UInt64(try shop.content(node).count) == size)
      #expect(progress.filesDone == 2)
      #expect(progress.bytesDone == size + 1)
    }
  }

  @Test func `that is changed through a mapping is read again`() throws {
    try Workshop.with { shop in
      let mapped = try MappedFile(shop.source.appending("a"))
      let reads = Atomic(0)
      let result = try shop.archive { request in
        request.hooks.wasRead = { _ in
          if reads.add(1, ordering: .relaxed).oldValue < 2 { mapped.change() }
        }
      }
      #expect(reads.load(ordering: .relaxed) == 3)
      #expect(result.unsettled == [])
      #expect(try shop.content(shop.nodes(result.tree)["source/a"]).first == 2)
    }
  }

  @Test(.enabled("needs tmpfs in /dev/shm") { hasSharedMemory })
  func `in memory is read until two reads agree`() throws {
    let directory = try makeDirectoryInMemory()
    defer { try? FileManager.default.removeItem(atPath: directory.string) }
    try Workshop.with { shop in
      let busy = try MappedFile(directory.appending("busy"))
      let settling = try MappedFile(directory.appending("settling"))
      let still = try MappedFile(directory.appending("still"))
      let target = ArchiveTarget(path: directory, placement: [FileName("memory")])
      var request = try shop.request([target])
      let reads = Atomic(0)
      request.hooks.wasRead = { path in
        switch path.lastComponent {
        case "busy": busy.change()
        case "settling": if reads.add(1, ordering: .relaxed).oldValue < 2 { settling.change() }
        default: still.touch()
        }
      }
      let result = try shop.archive(request)
      #expect(result.unsettled.map(\.path) == [directory.appending("busy")])
      #expect(result.counts.filesNew == 3)
      let node = try shop.nodes(result.tree)["memory/settling"]
      #expect(try shop.content(node).first == 2)
    }
  }

  private func makeDirectoryInMemory() throws -> FilePath {
    let directory = FilePath("/dev/shm/stillpoint-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: directory.string,
      withIntermediateDirectories: false
    )
    return directory
  }

  static var hasSharedMemory: Bool {
    guard let directory = try? Descriptor.open("/dev/shm") else { return false }
    return FileSystemKind(of: directory.raw) == .tmpfs
  }

  @Test func `seen through a volume snapshot is read once`() throws {
    try Workshop.with { shop in
      try shop.write("a", "one")
      let view = try Workshop.liveView([
        `A view`.piece(shop.source, showing: shop.source, .frozen(deviceID: 1 << 33))
      ])
      var request = try shop.request(view: view)
      request.hooks.wasRead = { Self.grow($0) }
      let result = try shop.archive(request)
      #expect(result.unsettled == [])
      #expect(try shop.content(shop.nodes(result.tree)["source/a"]) == Array("one".utf8))
    }
  }

  @Test func `that vanishes is named`() throws {
    try Workshop.with { shop in
      for name in ["early", "late", "stays"] { try shop.write(name, name) }
      try shop.shell("mkdir gone; ln -s x link")
      let source = shop.source
      let result = try shop.archive { request in
        request.hooks.listed = { path in
          guard path == source else { return }
          for name in ["early", "gone", "link"] {
            try? FileManager.default.removeItem(atPath: source.appending(name).string)
          }
        }
        request.hooks.opening = { path in
          if path.lastComponent == "late" {
            try? FileManager.default.removeItem(atPath: path.string)
          }
        }
      }
      #expect(try shop.paths(result) == ["source", "source/stays"])
      let named = result.problems.map { $0.path.lastComponent?.string ?? "" }.sorted()
      #expect(named == ["early", "gone", "late", "link"])
      #expect(result.problems.allSatisfy { $0.cause as? ArchiveFault == .vanished })
    }
  }

  @Test func `that becomes something else is named, and never followed or opened`() throws {
    try Workshop.with { shop in
      for name in ["directory", "fifo", "link"] { try shop.write(name, name) }
      try shop.shell("mkdir was-directory")
      let source = shop.source
      let result = try shop.archive { request in
        request.hooks.opening = { path in
          guard let name = path.lastComponent?.string else { return }
          let make = ["directory": "mkdir", "fifo": "mkfifo", "link": "ln -s /etc/passwd"][name]
          guard let make else { return }
          _ = try? SystemCommandRunner()
            .run(Command("sh", "-c", "cd '\(source)' && rm \(name) && \(make) \(name)"))
        }
      }
      #expect(try shop.paths(result) == ["source", "source/was-directory"])
      #expect(result.problems.count == 3)
      #expect(result.problems.allSatisfy { $0.cause as? ArchiveFault == .changedType })
    }
  }

  @Test func `that can't be read is named, and the others are stored`() throws {
    try Workshop.with { shop in
      try shop.write("a", "a")
      // The kernel opens it and then reads nothing at address 0.
      let targets = [
        ArchiveTarget(path: "/proc/self/mem", placement: [FileName("mem")]),
        ArchiveTarget(path: shop.source.appending("a"), placement: [FileName("a")]),
        ArchiveTarget(path: shop.source.appending("none"), placement: [FileName("none")]),
      ]
      let result = try shop.archive(try shop.request(targets))
      #expect(try shop.paths(result) == ["a"])
      let problems = result.problems.sorted { $0.during < $1.during }
      #expect(problems.map(\.during) == ["find", "read"].sorted() || problems.count == 2)
      #expect(problems.contains { $0.path == "/proc/self/mem" && $0.during == "read" })
      #expect(problems.contains { $0.cause is ArchiveFault })
    }
  }

  @Test(.enabled("needs an ordinary user") { !isRoot })
  func `without permission is named`() throws {
    try Workshop.with { shop in
      try shop.write("a", "a")
      try shop.write("d/b", "b")
      try shop.shell("chmod 0 a d")
      defer { _ = try? shop.shell("chmod 700 a d") }
      let result = try shop.archive()
      #expect(result.problems.count == 2)
      #expect(try shop.paths(result) == ["source"])
    }
  }

  @Test func `nothing to archive is an error`() throws {
    try Workshop.with { shop in
      let target = ArchiveTarget(path: shop.source.appending("none"))
      #expect(throws: ArchiveError.self) {
        try shop.archive(
          try shop.request([ArchiveTarget(path: "/none-there", placement: [FileName("x")])])
        )
      }
      // The directories above an absolute target are stored even when it isn't there.
      let result = try shop.archive(try shop.request([target]))
      #expect(result.problems.count == 1)
    }
  }
}

@Suite struct `Holes` {
  @Test func `cost neither reading nor storing`() throws {
    try Workshop.with { shop in
      try shop.write("a", noise(700_000))
      try shop.shell("truncate -s 5G a; printf end >> a; truncate -s 3000000 b")
      let result = try shop.archive()
      let nodes = try shop.nodes(result.tree)
      #expect(nodes["source/a"]?.size == 5 << 30 + 3)
      #expect(nodes["source/b"]?.size == 3_000_000)
      #expect(result.counts.dataBlobs < 10)
      let content = try #require(nodes["source/a"]?.content)
      let first = try shop.repository.loadBlob(.data, content[0])
      #expect(Array(noise(700_000).prefix(first.count)) == Array(first.prefix(700_000)))
      let last = try shop.repository.loadBlob(.data, try #require(content.last))
      #expect(last.suffix(3) == Array("end".utf8))
      let size = content.reduce(0) { $0 + (shop.repository.plainSize(.data, $1) ?? 0) }
      #expect(size == 5 << 30 + 3)
    }
  }
}
