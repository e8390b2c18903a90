import Machine
import Planning
import Snapshotting
import TestSupport
import Testing
import Viewing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `A btrfs volume` {
  @Test func `is seen as it was`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell("btrfs subvolume create home; echo before > home/file")
      let home = volumes.root.appending("home")
      try volumes.viewing(volumes.plan(home)) { (view, _) throws in
        try volumes.shell("echo after > home/file; touch home/new")
        #expect(try view.content(of: home.appending("file")) == "before\n")
        #expect(try view.names(in: home) == ["file"])
        guard case .frozen = view.root(for: home).kind else {
          Issue.record("\(home) is not frozen")
          return
        }
      }
      #expect(try volumes.subvolumes() == ["home"])
      #expect(try volumes.shell("ls -A") == "home")
    }
  }

  @Test func `shows what hangs in it, two levels deep`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell(
        """
        btrfs subvolume create a; mkdir a/x; btrfs subvolume create a/x/b
        btrfs subvolume create a/x/b/c
        for d in a a/x/b a/x/b/c; do echo $d > $d/name; done
        """
      )
      let a = volumes.root.appending("a")
      let plan = try volumes.plan(a)
      #expect(plan.volumes.count == 3)
      try volumes.viewing(plan) { (view, _) throws in
        #expect(try view.content(of: a.appending("name")) == "a\n")
        #expect(try view.content(of: a.appending("x/b/name")) == "a/x/b\n")
        #expect(try view.content(of: a.appending("x/b/c/name")) == "a/x/b/c\n")
        let devices = view.deviceIDs
        #expect(Set(devices).count == 3)
        #expect(devices.allSatisfy { $0 >= 1 << 32 && $0 < 1 << 53 })
        let x = try fileMetadata(of: a.appending("x")).inode
        #expect(view.root(for: a).stubDirectories == [x])
        #expect(view.root(for: a.appending("x/b/c")).stubDirectories == [])
      }
    }
  }

  @Test func `has the same device number in every backup`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell("btrfs subvolume create home")
      let plan = try volumes.plan(volumes.root.appending("home"))
      var kinds: Set<ViewRoot.Kind> = []
      for _ in 0..<2 {
        try volumes.viewing(plan) { (view, _) throws in
          kinds.insert(view.root(for: volumes.root.appending("home")).kind)
        }
      }
      #expect(kinds.count == 1)
    }
  }

  @Test func `can be mounted by a folder of it alone`() throws {
    try TestVolumes.with { volumes in
      let other = volumes.loop.workingDirectory.appending("other")
      try volumes.shell(
        """
        btrfs subvolume create home; mkdir -p home/user/deep; echo 1 > home/user/deep/file
        mkdir '\(other)'; mount --bind home/user '\(other)'
        """
      )
      let plan = try volumes.plan(other)
      #expect(plan.pieces.map(\.path) == [other])
      try volumes.viewing(plan) { (view, _) throws in
        try volumes.shell("echo 2 > home/user/deep/file")
        #expect(try view.content(of: other.appending("deep/file")) == "1\n")
      }
    }
  }

  @Test func `can be mounted by a file of it`() throws {
    try TestVolumes.with { volumes in
      let other = volumes.loop.workingDirectory.appending("other")
      try volumes.shell(
        """
        echo 1 > file; mkdir folder; touch folder/place
        mount --bind file folder/place
        """
      )
      let place = volumes.root.appending("folder/place")
      for source in [volumes.root, place, volumes.root.appending("folder")] {
        try volumes.viewing(volumes.plan(source)) { (view, _) throws in
          try volumes.shell("echo 2 > file")
          #expect(view.root(for: place).entry == FileName("file"))
          #expect(try view.content(of: place) == "1\n")
          try volumes.shell("echo 1 > file")
        }
      }
      _ = other
    }
  }

  @Test func `is found through symbolic links, and for a single file`() throws {
    try TestVolumes.with { volumes in
      let link = volumes.loop.workingDirectory.appending("link")
      try volumes.shell("mkdir data; echo 1 > data/file; ln -s \"$PWD\" '\(link)'")
      let plan = try volumes.plan(link.appending("data/file"))
      let data = volumes.root.appending("data")
      #expect(plan.pieces.map(\.path) == [data])
      try volumes.viewing(plan) { (view, _) throws in
        try volumes.shell("echo 2 > data/file")
        #expect(try view.content(of: data.appending("file")) == "1\n")
      }
    }
  }

  @Test func `with swap space in it is read live`() throws {
    try TestVolumes.with { volumes in
      try volumes.shell(
        """
        btrfs subvolume create swap; truncate -s 0 swap/file; chattr +C swap/file
        fallocate -l 16M swap/file; chmod 600 swap/file; mkswap -q swap/file; swapon swap/file
        """
      )
      defer { _ = try? volumes.shell("swapoff swap/file") }
      let plan = try volumes.plan(volumes.root)
      #expect(plan.livePieces.map(\.path) == [volumes.root.appending("swap")])
      #expect(plan.livePieces.first?.reason.contains("swap space") == true)
      try volumes.viewing(plan) { (view, _) throws in
        #expect(try view.names(in: volumes.root.appending("swap")) == ["file"])
      }
    }
  }

  @Test func `mounting it privately changes no mount`() throws {
    try TestVolumes.with(options: "compress=zstd:1,noatime") { volumes in
      let before = try volumes.tools.text(of: Command("cat", "/proc/self/mountinfo"))
        .split(separator: "\n").filter { $0.contains(volumes.root.string) }
      try volumes.viewing(volumes.plan(volumes.root)) { _, _ in
        let during = try volumes.tools.text(of: Command("cat", "/proc/self/mountinfo"))
          .split(separator: "\n").filter { $0.contains(volumes.root.string) }
        #expect(before == during)
      }
    }
  }

  @Test func `can't be written to through the view`() throws {
    try TestVolumes.with { volumes in
      try volumes.viewing(volumes.plan(volumes.root)) { (view, _) throws in
        let directory = view.root(for: volumes.root).directory
        let error = #expect(throws: SystemCallError.self) {
          try makeDirectory(in: directory.raw, FileName("x"), subject: "x")
        }
        #expect(error?.errno == .readOnlyFileSystem)
      }
    }
  }
}
