import Machine
import Running
import Testing

@Suite struct `What a guest's mounts are covered by` {
  private func covered(
    frozen: [FilePath: Bool],
    live: [FilePath] = [],
    kept: [FilePath] = []
  ) -> [String] {
    placements(frozen: frozen, live: live, kept: kept).map { "\($0.path) \($0.kind)" }
  }

  @Test func `is nothing but what is frozen and what lies below that`() {
    #expect(
      covered(frozen: ["/data": true], live: ["/", "/proc", "/data/tmp", "/data/tmp/deep"])
        == ["/data frozen", "/data/tmp live", "/data/tmp/deep live"]
    )
  }

  @Test func `goes from the top down, nested volumes over what is mounted around them`() {
    #expect(
      covered(
        frozen: ["/": true, "/home/nested/deep": false, "/home": false],
        live: ["/", "/proc", "/home", "/home/nested"]
      ) == [
        "/ frozen", "/home frozen", "/proc live", "/home/nested live", "/home/nested/deep frozen",
      ]
    )
  }

  @Test func `leaves what is kept as it is, with all that lies below`() {
    #expect(
      covered(
        frozen: ["/data": true, "/data/repo/volume": false],
        live: ["/data/repo/mount"],
        kept: ["/data/repo"]
      ) == ["/data frozen", "/data/repo kept"]
    )
  }

  @Test func `keeps nothing that is live anyway`() {
    #expect(covered(frozen: ["/data": true], kept: ["/cache"]) == ["/data frozen"])
    #expect(
      covered(frozen: ["/data": true], live: ["/data/tmp"], kept: ["/data/tmp/cache"])
        == ["/data frozen", "/data/tmp live"]
    )
  }

  @Test func `freezes a source below what is kept`() {
    #expect(
      covered(
        frozen: ["/data": true, "/data/repo/source": true],
        live: ["/data/repo/source/mount"],
        kept: ["/data/repo"]
      ) == [
        "/data frozen", "/data/repo kept", "/data/repo/source frozen",
        "/data/repo/source/mount live",
      ]
    )
  }
}
