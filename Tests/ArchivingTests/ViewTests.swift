import Archiving
import Machine
import Planning
import RepositoryFormat
import TestSupport
import Testing
import Viewing

@Suite struct `A view` {
  /// A piece that stands at `path` and shows the directory `real`.
  static func piece(
    _ path: FilePath,
    showing real: FilePath,
    _ kind: ViewRoot.Kind,
    stubsIn: Set<UInt64> = []
  ) throws -> ViewRoot {
    // As in a view: what isn't frozen is open as a place only.
    let isFrozen = if case .frozen = kind { true } else { false }
    let directory = isFrozen ? try Descriptor.open(real) : try openAsPlace(real)
    return ViewRoot(
      path: path,
      directory: SharedDescriptor(directory),
      kind: kind,
      stubDirectories: stubsIn
    )
  }

  @Test func `is entered where its pieces stand`() throws {
    try Workshop.with { shop in
      try shop.write("live/a", "live")
      try shop.shell("mkdir -p frozen/nested frozen/gone; echo hidden > frozen/hidden")
      try shop.shell("mkdir -p ../view/nested ../view/gone ../other")
      try shop.shell("echo v > ../view/v; echo o > ../other/o; echo stale > ../view/nested/stale")
      try shop.shell("echo x > ../view/gone/x")
      let view = try Workshop.liveView([
        Self.piece(
          shop.source.appending("frozen"),
          showing: shop.scratch.appending("view"),
          .frozen(deviceID: 1 << 33)
        ),
        Self.piece(
          shop.source.appending("frozen/nested"),
          showing: shop.scratch.appending("other"),
          .frozen(deviceID: 1 << 34)
        ),
        Self.piece(
          shop.source.appending("frozen/gone"),
          showing: shop.scratch.appending("view/gone"),
          .omitted(reason: "no mechanism")
        ),
      ])
      let result = try shop.archive(try shop.request(view: view))
      #expect(result.problems.isEmpty)
      let nodes = try shop.nodes(result.tree)
      #expect(
        nodes.keys.sorted() == [
          "source", "source/frozen", "source/frozen/gone", "source/frozen/nested",
          "source/frozen/nested/o", "source/frozen/v", "source/live", "source/live/a",
        ]
      )
      #expect(nodes["source/frozen"]?.deviceID == 1 << 33)
      #expect(nodes["source/frozen/v"]?.deviceID == 1 << 33)
      #expect(nodes["source/frozen/nested"]?.deviceID == 1 << 34)
      #expect(nodes["source/frozen/nested/o"]?.deviceID == 1 << 34)
      #expect(nodes["source/live/a"]?.deviceID == nodes["source"]?.deviceID)
      let other = try fileMetadata(of: shop.scratch.appending("other"))
      #expect(nodes["source/frozen/nested"]?.inode == other.inode)
    }
  }

  @Test func `with a single file shows it in its place`() throws {
    try Workshop.with { shop in
      try shop.write("etc/resolv.conf", "below")
      try shop.write("etc/hosts", "hosts")
      try shop.shell("echo -n above > ../resolv")
      let file = ViewRoot(
        path: shop.source.appending("etc/resolv.conf"),
        directory: SharedDescriptor(try Descriptor.open(shop.scratch)),
        entry: FileName("resolv"),
        kind: .live
      )
      let view = try Workshop.liveView([file])
      let result = try shop.archive(try shop.request(view: view))
      let nodes = try shop.nodes(result.tree)
      #expect(try shop.content(nodes["source/etc/resolv.conf"]) == Array("above".utf8))
      let target = ArchiveTarget(path: file.path, placement: [FileName("resolv.conf")])
      let alone = try shop.archive(try shop.request([target], view: view))
      #expect(try shop.content(shop.nodes(alone.tree)["resolv.conf"]) == Array("above".utf8))
    }
  }

  @Test func `that lacks a piece's place says so`() throws {
    try Workshop.with { shop in
      try shop.write("a")
      try shop.shell("mkdir ../other")
      let view = try Workshop.liveView([
        Self.piece(
          shop.source.appending("not/there"),
          showing: shop.scratch.appending("other"),
          .frozen(deviceID: 1 << 33)
        )
      ])
      let result = try shop.archive(try shop.request(view: view))
      #expect(result.problems.map(\.path) == [shop.source.appending("not")])
      // A piece right in a directory is shown even when the directory doesn't list it.
      let view2 = try Workshop.liveView([
        Self.piece(
          shop.source.appending("mounted"),
          showing: shop.scratch.appending("other"),
          .frozen(deviceID: 1 << 33)
        )
      ])
      let shown = try shop.archive(try shop.request(view: view2))
      #expect(try shop.paths(shown) == ["source", "source/a", "source/mounted"])
    }
  }

  @Test(.requiresRoot, .requires(tool: "mkfs.btrfs"))
  func `with a nested subvolume that nothing covers names it`() throws {
    try LoopDevice.with("btrfs") { device in
      try Workshop.with { shop in
        let mount = device.mountPoint
        try shop.shell(
          """
          btrfs -q subvolume create \(mount)/top
          btrfs -q subvolume create \(mount)/top/nested
          echo x > \(mount)/top/nested/x; echo y > \(mount)/top/y
          mkdir \(mount)/top/folder; btrfs -q subvolume create \(mount)/top/folder/old
          btrfs -q subvolume snapshot -r \(mount)/top \(mount)/frozen
          """
        )
        let view = try Workshop.liveView([
          Self.piece(
            mount.appending("top"),
            showing: mount.appending("frozen"),
            .frozen(deviceID: 1 << 40),
            stubsIn: [256]
          )
        ])
        let target = ArchiveTarget(path: mount.appending("top"), placement: [FileName("top")])
        let result = try shop.archive(try shop.request([target], view: view))
        #expect(
          try shop.paths(result) == ["top", "top/folder", "top/folder/old", "top/nested", "top/y"]
        )
        // What was an empty stub already when it was frozen has lost nothing.
        #expect(result.problems.count == 1)
        let problem = try #require(result.problems.first)
        #expect(problem.path == mount.appending("top/nested"))
        #expect(problem.cause as? ArchiveFault == .uncoveredSubvolume)
      }
    }
  }

  @Test(.requiresRoot) func `of one file system keeps mount points, empty`() throws {
    try Workshop.with { shop in
      try shop.write("a", "a")
      try shop.shell("mkdir -p mnt piece; mount -t tmpfs none mnt; touch mnt/in; mkdir mnt/d")
      defer { try? unmount(shop.source.appending("mnt")) }
      try shop.shell("mkdir ../piece; touch ../piece/p")
      let view = try Workshop.liveView([
        Self.piece(
          shop.source.appending("piece"),
          showing: shop.scratch.appending("piece"),
          .frozen(deviceID: 1 << 33)
        )
      ])
      var request = try shop.request(view: view)
      let all = try shop.paths(try shop.archive(request))
      #expect(all.contains("source/mnt/in") && all.contains("source/piece/p"))
      request.exclusions.staysOnFileSystem = true
      let some = try shop.paths(try shop.archive(request))
      #expect(some == ["source", "source/a", "source/mnt", "source/piece"])
      request.targets.append(
        ArchiveTarget(path: shop.source.appending("mnt"), placement: [FileName("mnt")])
      )
      let both = try shop.paths(try shop.archive(request))
      #expect(both.contains("mnt/in") && both.contains("mnt/d"))
    }
  }

  @Test func `with links on the way to a target follows them inside the view`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir -p real/d; ln -s real link; ln -s ../link/d real/up")
      try shop.shell("mkdir ../other; echo o > ../other/o; ln -s \"$PWD/real/d\" absolute")
      let view = try Workshop.liveView([
        Self.piece(
          shop.source.appending("real/d"),
          showing: shop.scratch.appending("other"),
          .frozen(deviceID: 1 << 33)
        )
      ])
      for path in ["link/d/o", "real/up/o", "absolute/o"] {
        let target = ArchiveTarget(
          path: shop.source.appending(path),
          placement: [FileName("o")]
        )
        let nodes = try shop.nodes(try shop.archive(try shop.request([target], view: view)).tree)
        #expect(nodes["o"]?.deviceID == 1 << 33)
      }
      let link = ArchiveTarget(path: shop.source.appending("link"), placement: [FileName("link")])
      let nodes = try shop.nodes(try shop.archive(try shop.request([link], view: view)).tree)
      #expect(nodes["link"]?.type == .symlink)
    }
  }
}
