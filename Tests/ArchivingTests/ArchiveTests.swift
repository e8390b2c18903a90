import Archiving
import Machine
import Planning
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `An archive` {
  @Test func `holds files, directories and links as they are`() throws {
    try Workshop.with { shop in
      try shop.write("a.txt", "hello")
      try shop.write("d/empty")
      try shop.write("d/big", noise(3_000_000))
      try shop.shell("ln -s ../a.txt d/link; ln a.txt hard; mkdir e")
      let result = try shop.archive()
      #expect(result.problems.map { "\($0)" } == [])
      #expect(result.unsettled == [])
      let nodes = try shop.nodes(result.tree)
      #expect(
        nodes.keys.sorted() == [
          "source", "source/a.txt", "source/d", "source/d/big", "source/d/empty",
          "source/d/link", "source/e", "source/hard",
        ]
      )
      #expect(try shop.content(nodes["source/a.txt"]) == Array("hello".utf8))
      #expect(try shop.content(nodes["source/d/big"]) == noise(3_000_000))
      #expect(nodes["source/d/big"]?.size == 3_000_000)
      #expect(nodes["source/d/empty"]?.content == [])
      #expect(nodes["source/d/link"]?.linkTarget == Array("../a.txt".utf8))
      #expect(nodes["source/d/link"]?.content == nil)
      #expect(nodes["source/hard"]?.links == 2)
      #expect(nodes["source/hard"]?.inode == nodes["source/a.txt"]?.inode)
      #expect(nodes["source"]?.links == 0)
      let metadata = try fileMetadata(of: shop.source.appending("a.txt"))
      #expect(nodes["source/a.txt"]?.modified.seconds == metadata.modified.seconds)
      #expect(nodes["source/a.txt"]?.changed.nanoseconds == metadata.changed.nanoseconds)
      #expect(nodes["source/a.txt"]?.accessed == nodes["source/a.txt"]?.modified)
      #expect(nodes["source/a.txt"]?.deviceID == metadata.device)
      #expect(result.counts.filesNew == 4)
      #expect(result.counts.directoriesNew == 3)
      #expect(result.counts.bytesProcessed == 3_000_010)
      #expect(result.counts.treeBlobs == 4)
    }
  }

  @Test func `reads nothing that the parent has unchanged`() throws {
    try Workshop.with { shop in
      try shop.write("a", noise(700_000))
      try shop.write("b", "b")
      try shop.write("d/c", "c")
      let first = try shop.archive()
      try shop.write("b", "changed")
      let second = try shop.archive { $0.parentTree = first.tree }
      #expect(second.counts.filesUnmodified == 2)
      #expect(second.counts.filesChanged == 1)
      #expect(second.counts.bytesRead == 7)
      #expect(second.counts.directoriesUnmodified == 1)
      #expect(second.counts.directoriesChanged == 1)
      #expect(second.counts.treeBlobs == 2)
      let third = try shop.archive { $0.parentTree = second.tree }
      #expect(third.tree == second.tree)
      #expect(third.counts.bytesRead == 0)
      #expect(third.counts.bytesAdded == 0)
      #expect(third.counts.bytesProcessed == 700_008)
      let forced = try shop.archive()
      #expect(forced.tree == second.tree)
      #expect(forced.counts.filesNew == 3)
    }
  }

  private static var now: NodeTime {
    let time = currentFileTime()
    return NodeTime(seconds: time.seconds, nanoseconds: time.nanoseconds)
  }

  @Test(.requires(tool: "python3"))
  func `takes the parent's nodes, and trees, of what didn't change`() throws {
    try Workshop.with { workshop in
      try workshop.write("d/one", "one")
      try workshop.write("d/e/two", "two")
      try workshop.write("f/three", "three")
      try workshop.shell("ln -s three f/link; touch -d 2020-01-01 d f")
      _ = StopSignal().wait(for: .milliseconds(30))
      let first = try workshop.archive()
      func again(since parent: BlobID, from instant: NodeTime = Self.now) throws -> BlobID {
        let trees = try [true, false].map { holds in
          try workshop.archive { request in
            request.parentTree = parent
            request.parentInstant = instant
            request.parentNodesHold = holds
          }.tree
        }
        #expect(trees[0] == trees[1])
        return trees[0]
      }
      _ = StopSignal().wait(for: .milliseconds(30))
      #expect(try again(since: first.tree) == first.tree)
      // A parent that says something else is believed where nothing changed.
      let lie = try workshop.repository.uploading { saver in
        try workshop.forging(first.tree, saver) { $0.user = Array("somebody".utf8) }
      }
      let believed = try workshop.archive { request in
        request.parentTree = lie
        request.parentInstant = Self.now
        request.parentNodesHold = true
      }
      #expect(believed.tree == lie && believed.counts.treeBlobs == 0)
      let instant = Self.now
      try workshop.shell(
        """
        python3 -c 'import os; os.setxattr("d/e/two", "user.a", b"b")'
        rm f/link; ln -s other f/link; echo more > f/four; mv d/one d/e
        """
      )
      let changed = try again(since: first.tree, from: instant)
      let nodes = try workshop.nodes(changed)
      #expect(nodes["source/d/e/two"]?.attributes.count == 1)
      #expect(nodes["source/f/link"]?.linkTarget == Array("other".utf8))
      try workshop.shell("rm -r d f/four; mkdir d; touch d/new")
      _ = try again(since: changed)
    }
  }

  @Test func `reads again what is not older than the parent's instant`() throws {
    try Workshop.with { shop in
      try shop.write("a", "a")
      let first = try shop.archive()
      let changed = try fileMetadata(of: shop.source.appending("a")).changed
      let second = try shop.archive {
        $0.parentTree = first.tree
        $0.parentInstant = NodeTime(seconds: changed.seconds, nanoseconds: changed.nanoseconds)
      }
      #expect(second.counts.bytesRead == 1)
      #expect(second.counts.filesUnmodified == 1)
      let third = try shop.archive {
        $0.parentTree = first.tree
        $0.parentInstant = NodeTime(seconds: changed.seconds + 2, nanoseconds: 0)
      }
      #expect(third.counts.bytesRead == 0)
    }
  }

  @Test func `can ignore inode and change time`() throws {
    try Workshop.with { shop in
      try shop.write("a", "a")
      let first = try shop.archive()
      waitForNextFileTime()
      try shop.shell("touch -r a ref; chmod 600 a; touch -r ref a; rm ref")
      func bytesRead(_ change: (inout ArchiveOptions) -> Void) throws -> UInt64 {
        try shop.archive {
          $0.parentTree = first.tree
          change(&$0.options)
        }.counts.bytesRead
      }
      #expect(try bytesRead { _ in } == 1)
      #expect(try bytesRead { $0.ignoresChangeTime = true } == 0)
      try shop.shell("cp -p a b; mv b a")
      #expect(try bytesRead { $0.ignoresChangeTime = true } == 1)
      #expect(try bytesRead { $0.ignoresInode = true } == 0)
    }
  }

  @Test func `keeps names whatever bytes they have`() throws {
    try Workshop.with { shop in
      try shop.shell(#"touch "$(printf 'a\377b')" "$(printf 'n\nl')" 'q"\' "$(printf '\303\251')""#)
      let result = try shop.archive()
      #expect(result.problems.isEmpty)
      let source = try #require(try shop.repository.loadTree(result.tree).first?.subtree)
      let names = try shop.repository.loadTree(source).map(\.name)
      #expect(
        names == [
          [0x61, 0xff, 0x62], Array("n\nl".utf8), Array("q\"\\".utf8), Array("\u{e9}".utf8),
        ]
      )
    }
  }

  @Test(.requiresRoot) func `holds special files, and never opens them`() throws {
    try Workshop.with { shop in
      try shop.shell(
        """
        mkfifo fifo
        mknod block b 7 200
        mknod char c 1 3
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
        """
      )
      let result = try shop.archive()
      #expect(result.problems.isEmpty)
      let nodes = try shop.nodes(result.tree)
      #expect(nodes["source/fifo"]?.type == .fifo)
      #expect(nodes["source/fifo"]?.links == 0)
      #expect(nodes["source/block"]?.type == .dev)
      #expect(nodes["source/block"]?.device == 7 << 8 | 200)
      #expect(nodes["source/char"]?.type == .chardev)
      #expect(nodes["source/char"]?.links == 1)
      #expect(nodes["source/sock"] == nil)
    }
  }

  @Test(.requires(tool: "python3")) func `holds extended attributes`() throws {
    try Workshop.with { shop in
      try shop.write("a", "x")
      try shop.shell(
        """
        mkdir d
        python3 - <<'END'
        import os
        os.setxattr("a", "user.one", b"1")
        os.setxattr("a", "user.none", b"")
        os.setxattr("d", "user.long", b"x" * 900)
        END
        """
      )
      let first = try shop.archive()
      let second = try shop.archive { $0.parentTree = first.tree }
      for result in [first, second] {
        let nodes = try shop.nodes(result.tree)
        let attributes = nodes["source/a"]?.attributes ?? []
        #expect(
          Set(attributes.map { String(decoding: $0.name, as: UTF8.self) })
            == ["user.one", "user.none"]
        )
        #expect(nodes["source/d"]?.attributes.first?.value.count == 900)
      }
      #expect(first.tree == second.tree)
    }
  }

  @Test(arguments: [(1, 1), (5, 3)])
  func `is the same whoever makes it`(readers: Int, savers: Int) throws {
    try Workshop.with { shop in
      for index in 0..<150 {
        try shop.write("d\(index % 7)/e\(index % 11)/f\(index)", noise(index * 100, seed: 7))
      }
      for index in 0..<6 { try shop.write("b\(index)", noise(2_000_000, seed: UInt64(index))) }
      let expected = try shop.archive()
      let found = try shop.archive {
        $0.options.readers = readers
        $0.options.savers = savers
      }
      #expect(found.tree == expected.tree)
    }
  }

  @Test func `reads files of the kernel's to their end`() throws {
    try Workshop.with { shop in
      let target = ArchiveTarget(path: "/proc/self/status", placement: [FileName("status")])
      let node = try shop.nodes(shop.archive(shop.request([target])).tree)["status"]
      #expect((node?.size ?? 0) > 500)
      #expect(try shop.content(node).count == Int(node?.size ?? 0))
    }
  }

  @Test func `holds directories with very many entries`() throws {
    try Workshop.with { shop in
      try shop.shell("seq 1 30000 | sed 's/^/file-/' | xargs touch")
      let result = try shop.archive()
      #expect(result.counts.filesNew == 30_000)
      let again = try shop.archive { $0.parentTree = result.tree }
      #expect(again.tree == result.tree)
      #expect(again.counts.filesUnmodified == 30_000)
    }
  }

  @Test func `goes down thousands of levels`() throws {
    try Workshop.with { shop in
      try shop.shell(
        """
        python3 - <<'END'
        import os
        for level in range(3000):
            open("f", "w").write(str(level))
            os.mkdir("level")
            os.chdir("level")
        END
        """
      )
      let result = try shop.archive()
      #expect(result.problems.isEmpty)
      #expect(result.counts.filesNew == 3000)
      #expect(result.counts.directoriesNew == 3001)
      try shop.shell(
        """
        python3 - <<'END'
        import os
        while os.path.isdir("level"): os.chdir("level")
        while os.path.exists("f") or os.path.basename(os.getcwd()) == "level":
            if os.path.exists("f"): os.remove("f")
            os.chdir("..")
            if not os.path.isdir("level"): break
            os.rmdir("level")
        END
        """
      )
    }
  }
}
