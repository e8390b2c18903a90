import BackupFlow
import Machine
import Snapshotting
import TestSupport
import Testing

@Suite struct `The doctor's look at pools` {
  private let zfs = FakeZFS(datasets: ["tank": 1])

  @Test func `names those that are nearly full`() {
    zfs.with { $0.capacities = ["a": 89, "b": 90, "c": 95, "d": 12] }
    let found = diagnosePools(besides: [], by: zfs)
    #expect(
      found.map(\.text) == [
        "the pool b is nearly full: 90% are in use", "the pool c is full: 95% are in use",
      ]
    )
    #expect(found.allSatisfy { $0.kind == .crowded && !$0.isProblem && $0.hint != nil })
  }

  @Test func `names volume snapshots with our mark that no record explains`() {
    let known = RunID.random()
    let other = RunID.random()
    for (name, run) in [("tank@a", known), ("tank@b", other), ("my pool/x@c", other)] {
      zfs.with { state in
        state.snapshots[name] = FakeZFS.Snapshot(
          guid: 5,
          properties: ["stillpoint:run": run.digits]
        )
      }
    }
    zfs.with { $0.snapshots["tank@theirs"] = FakeZFS.Snapshot(guid: 6) }
    let found = diagnosePools(besides: [known], by: zfs)
    #expect(found.map(\.kind) == [.foreign, .foreign])
    #expect(found.first?.text.contains("my pool/x@c has our mark") == true)
    let tag = "stillpoint-\(other.digits)"
    #expect(
      found.map { $0.hint ?? "" } == [
        "if no backup of yours uses it: zfs release \(tag) 'my pool/x@c'; zfs destroy 'my pool/x@c'",
        "if no backup of yours uses it: zfs release \(tag) tank@b; zfs destroy tank@b",
      ]
    )
    #expect(zfs.verbs == ["list", "get"])
  }

  @Test func `says when there is nobody to ask`() {
    zfs.with { $0.killed = "list" }
    #expect(diagnosePools(besides: [], by: zfs).map(\.kind) == [.missing])
  }
}
