import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requires(tool: "restic"), .requires(tool: "python3"))
struct `Dumping as restic does` {
  @Test func `a file comes out as it was`() throws {
    try SnapshotHistory.with { history in
      let files = try FileManager.default.subpathsOfDirectory(atPath: history.tree)
        .map { "\(history.tree)/\($0)" }
        .filter {
          let type = try? FileManager.default.attributesOfItem(atPath: $0)[.type]
          return type as? FileAttributeType == .typeRegular
        }
      try #require(files.count > 5)
      for file in files {
        let dumped = try dump(history, history.both.stillpoint, [history.ids[2], file])
        #expect(try dumped == Data(contentsOf: URL(filePath: file)), "\(file)")
      }
    }
  }

  @Test func `archives hold the same`() throws {
    try SnapshotHistory.with { history in
      var places = history.ids.map { [$0, history.tree] }
      if history.isCurrent { places.append(["latest:\(history.tree)", "/"]) }
      for format in ["tar", "zip"] {
        for place in places {
          let arguments = ["--archive", format] + place
          let listings = try [history.both.stillpoint, history.both.restic].map { program in
            try withTemporaryDirectory { folder in
              let archive = folder.appending("archive")
              try dump(history, program, arguments).write(to: URL(filePath: archive.string))
              return try BothPrograms.python("list_archive.py", archive).split(separator: "\n")
            }
          }
          #expect(listings[0].count > 5)
          let difference = listings[0].difference(from: listings[1]).map { "\($0)" }
          #expect(difference == [], "\(arguments)")
        }
      }
    }
  }

  @Test func `tar lists and extracts both alike`() throws {
    try SnapshotHistory.with { history in
      let results = try [history.both.stillpoint, history.both.restic].map { program in
        try withTemporaryDirectory { folder in
          let archive = folder.appending("archive.tar")
          try dump(history, program, ["latest", history.tree])
            .write(to: URL(filePath: archive.string))
          let tar = Program("/bin/tar")
          let list = try tar.succeed("-tvf", archive.string)
          let target = folder.appending("extracted")
          try FileManager.default.createDirectory(
            atPath: target.string,
            withIntermediateDirectories: false
          )
          try tar.succeed(
            "--xattrs",
            "--xattrs-include=user.*",
            "-xpf",
            archive.string,
            "-C",
            target.string
          )
          let tree = target.appending(FilePath(history.tree).removingRoot().string)
          return (list, try BothPrograms.describe(tree).dropFirst())
        }
      }
      #expect(results[0].0 == results[1].0)
      #expect(results[0].1.count > 5)
      #expect(results[0].1 == results[1].1)
    }
  }

  @Test func `what tar can hold and restic leaves out is there`() throws {
    try SnapshotHistory.with { history in
      let place = ["latest", history.both.source.string]
      let lists = try ["tar", "zip"].map { format in
        try withTemporaryDirectory { folder in
          let archive = folder.appending("archive")
          let arguments = ["-a", format, "-t", archive.string] + place
          _ = try dump(history, history.both.stillpoint, arguments)
          return try BothPrograms.python("list_archive.py", archive)
        }
      }
      #expect(lists[0].contains("special/fifo' b'6' 640"))
      #expect(!lists[1].contains("special/fifo"))
    }
  }

  @Test func `access lists are there`() throws {
    try SnapshotHistory.with { history in
      let list = """
        import os, struct, sys
        entries = [(1, 6, -1), (2, 4, 1000), (4, 4, -1), (8, 5, 7), (16, 7, -1), (32, 0, -1)]
        value = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
        os.setxattr(sys.argv[1], "system.posix_acl_access", value)
        """
      let file = "\(history.tree)/linked"
      let outcome = try Program("/usr/bin/python3").run("-c", list, file)
      // Not every file system has access lists.
      guard outcome.status == 0 else { return }
      _ = try history.both.backUp(by: history.both.restic)
      let lists: [[Substring]] = try [history.both.stillpoint, history.both.restic].map { program in
        try withTemporaryDirectory { folder in
          let archive = folder.appending("archive")
          try dump(history, program, ["latest", history.tree])
            .write(to: URL(filePath: archive.string))
          return try BothPrograms.python("list_archive.py", archive).split(separator: "\n")
            .compactMap { line in line.range(of: "SCHILY.acl").map { line[$0.lowerBound...] } }
        }
      }
      #expect(lists[0].contains { $0.contains("user:1000:r--") && $0.contains("group:7:r-x") })
      // Old versions store the list as it is.
      if history.isCurrent { #expect(lists[0] == lists[1]) }
    }
  }

  @Test func `what can't be dumped is said alike`() throws {
    try SnapshotHistory.with { history in
      for arguments in [
        [], ["latest"], ["latest", "/nowhere"], ["latest", "\(history.tree)/linked/more"],
        ["latest", ""], ["latest", "."], ["nope", "/"], ["-a", "rar", "latest", "/"],
        ["--json", "latest", "/nowhere/at/all"],
      ] {
        let arguments = ["dump", "--no-lock"] + arguments
        let ours = try history.both.stillpoint.run(arguments: arguments)
        let theirs = try history.both.restic.run(arguments: arguments)
        // Old versions end with 2 where a path is missing.
        #expect(ours.status == (history.isCurrent ? theirs.status : 1), "\(arguments)")
        #expect(ours.output == "")
        guard history.isCurrent, arguments.contains("--json") else { continue }
        #expect(ours.error == theirs.error)
      }
    }
  }

  private func dump(
    _ history: SnapshotHistory,
    _ program: Program,
    _ arguments: [String]
  ) throws -> Data {
    try withTemporaryDirectory { folder in
      let file = folder.appending("dumped").string
      var shell = Program("/bin/sh")
      shell.environment = program.environment
      shell.environment["OUT"] = file
      let outcome = try shell.run(
        arguments: ["-c", "exec \"$0\" dump --no-lock \"$@\" > \"$OUT\"", program.path.string]
          + arguments
      )
      try #require(outcome.status == 0, "\(outcome)")
      return try Data(contentsOf: URL(filePath: file))
    }
  }
}
