import Foundation
import Testing

/// What each target may import, besides the standard library: ARCHITECTURE.md as data.
private let allowed: [String: Set<String>] = [
  "Machine": ["CLinux", "DequeModule", "FoundationEssentials", "Glibc", "SystemPackage"],
  "Planning": ["Machine"],
  "Pausing": ["Machine", "Planning"],
  "Quiescing": ["Machine", "Planning"],
  "Snapshotting": ["Machine", "Planning"],
  "Keeping": ["Machine", "Planning", "Pausing", "Quiescing", "Snapshotting"],
  "Viewing": ["Machine", "Planning", "Snapshotting"],
  "Running": ["Machine", "Viewing"],
  "Proving": ["CSQLite", "Machine"],
  "RepositoryFormat": ["CCrypto", "CSodium", "CZstd", "FoundationEssentials"],
  "ObjectStorage": ["Machine"],
  "RepositoryEngine": ["Machine", "RepositoryFormat", "ObjectStorage"],
  "Archiving": ["Machine", "Planning", "Viewing", "RepositoryFormat", "RepositoryEngine"],
  "Restoring": ["Machine", "Planning", "RepositoryFormat", "RepositoryEngine"],
  "RepositoryMount": ["CMount", "Machine", "RepositoryFormat", "RepositoryEngine"],
  "Exporting": ["CArchive", "Machine", "RepositoryFormat"],
]

private let standardLibrary: Set = ["Swift", "Synchronization"]

@Suite struct `The layout` {
  private func imports() throws -> [(target: String, path: String, module: String)] {
    try SourceTree.files(in: "Sources").flatMap { source in
      source.lines.compactMap { line in
        line.firstMatch(of: /^(?:package |public |@_exported )*import (\w+)/)
          .map { (source.target, source.path, String($0.output.1)) }
      }
    }
  }

  @Test func `imports go downwards`() throws {
    let trespassers = try imports().filter { item in
      guard let names = allowed[item.target] else { return false }
      return !names.contains(item.module) && !standardLibrary.contains(item.module)
    }
    #expect(trespassers.map { "\($0.path) imports \($0.module)" } == [])
  }

  @Test func `only Machine touches the operating system`() throws {
    let system: Set = ["Glibc", "Musl", "Darwin", "CLinux", "Subprocess", "Foundation"]
    let trespassers = try imports().filter {
      system.contains($0.module) && !["Machine", "TestSupport"].contains($0.target)
    }
    #expect(trespassers.map { "\($0.path) imports \($0.module)" } == [])
  }

  @Test func `every target is explained in ARCHITECTURE`() throws {
    let architecture = try SourceTree.text("ARCHITECTURE.md")
    let targets = try FileManager.default
      .contentsOfDirectory(atPath: SourceTree.root.appending(path: "Sources").path)
    let rows = architecture.split(separator: "\n").filter { $0.hasPrefix("| ") }
    let unexplained = targets.filter { target in
      !rows.contains { $0.split(separator: "|")[0].contains(target) }
    }
    #expect(unexplained.sorted() == [])
  }
}
