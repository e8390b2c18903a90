import RepositoryEngine
import RepositoryFormat
import RepositoryMount
import Testing

@Suite struct `The folders above the snapshots` {
  private func snapshot(_ seconds: Int64, _ number: UInt8, tags: [String] = []) -> StoredSnapshot {
    var file = SnapshotFile(
      time: NodeTime(seconds: seconds, nanoseconds: 0),
      tree: BlobID(sha256([number])),
      paths: []
    )
    file.hostname = "host"
    file.username = "user"
    file.tags = tags
    return StoredSnapshot(id: SnapshotID(sha256([number, 0])), file: file)
  }

  private func names(_ folders: SnapshotFolders, _ path: String) -> [String] {
    (folders[path] ?? [:]).keys.sorted()
  }

  @Test func `show ids, times, hosts and tags`() {
    let snapshots = [snapshot(0, 1, tags: ["a/b", ".."]), snapshot(86_400, 2)]
    let folders = SnapshotFolders(
      snapshots,
      templates: SnapshotFolders.defaultTemplates,
      layout: .rfc3339
    )
    let times = ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"]
    #expect(names(folders, "") == ["hosts", "ids", "snapshots", "tags"])
    #expect(names(folders, "/ids") == snapshots.map(\.id.digest.short).sorted())
    #expect(names(folders, "/snapshots") == times + ["latest"])
    #expect(names(folders, "/hosts/host") == times + ["latest"])
    #expect(names(folders, "/tags") == ["__", "a_b"])
    #expect(names(folders, "/tags/a_b") == [times[0], "latest"])
    #expect(folders["/snapshots"]?["latest"] == .link(target: times[1], snapshots[1]))
    #expect(folders["/hosts/host"]?[times[0]] == .snapshot(snapshots[0]))
    #expect(folders["/nowhere"] == nil)
  }

  @Test func `number what happened at the same time`() {
    let snapshots = [snapshot(5, 1), snapshot(5, 2), snapshot(5, 3)]
    let folders = SnapshotFolders(snapshots, templates: ["%T"], layout: GoTimeLayout("2006"))
    #expect(names(folders, "") == ["1970", "1970-1", "1970-2", "latest"])
    #expect(folders[""]?["latest"] == .link(target: "1970-2", snapshots[2]))
  }

  @Test func `are there without snapshots, and follow templates`() {
    let empty = SnapshotFolders([], templates: ["a/b/%h-%u/%I%%x"], layout: .rfc3339)
    #expect(names(empty, "") == ["a"])
    #expect(names(empty, "/a") == ["b"])
    #expect(names(empty, "/a/b") == [])
    let one = snapshot(0, 1)
    let full = SnapshotFolders([one], templates: ["a/b/%h-%u/%I%%x"], layout: .rfc3339)
    #expect(names(full, "/a/b/host-user") == ["\(one.id.digest.hex)%x"])
  }
}
