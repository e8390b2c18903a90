import Machine
import Quiescing
import Testing

/// What the coordinator does with applications of any kind.
@Suite struct `Holding applications` {
  private let diary = Diary()

  /// Runs all steps of one try.
  private func hold(_ quiescers: [any Quiescer], max: Duration = .seconds(10)) throws
    -> [ApplicationResult]
  {
    var options = QuiesceOptions()
    options.lengthMax = max
    let applications = Applications(quiescers, options)
    try applications.prepare(Interruption())
    applications.hold()
    diary.note("instant")
    applications.releaseInPause()
    diary.note("resume")
    applications.release()
    applications.release()
    return applications.results
  }

  /// Without the releases that have nothing left to let go.
  private var order: [String] {
    var seen: Set<String> = []
    return diary.entries.filter { seen.insert($0).inserted }
  }

  @Test func `releases them in reverse, those that need nobody before writers go on`() throws {
    let results = try hold([
      FakeQuiescer("a", diary), FakeQuiescer("b", diary, releasesInPause: true),
      FakeQuiescer("c", diary), FakeQuiescer("d", diary, releasesInPause: true),
    ])
    #expect(
      order == [
        "prepare a", "prepare b", "prepare c", "prepare d", "hold a", "hold b", "hold c", "hold d",
        "instant", "confirm d", "release d", "confirm b", "release b", "resume", "confirm c",
        "release c", "confirm a", "release a",
      ]
    )
    #expect(results.map(\.path) == ["/a", "/b", "/c", "/d"])
    #expect(results.allSatisfy { $0.held != nil && $0.reason == nil })
  }

  @Test(arguments: ["prepare", "hold", "confirm"])
  func `goes on without one that fails, which is named and released`(step: String) throws {
    let results = try hold([
      FakeQuiescer("a", diary), FakeQuiescer("b", diary, failing: step), FakeQuiescer("c", diary),
    ])
    #expect(results.map { $0.held == nil } == [false, true, false])
    #expect(results[1].reason == "it can't be")
    #expect(diary.entries.contains("release b"))
    if step == "prepare" { #expect(!diary.entries.contains("hold b")) }
  }

  @Test(arguments: ["prepare", "hold", "confirm"])
  func `does not name what is gone`(step: String) throws {
    let results = try hold([
      FakeQuiescer("a", diary, failing: step, with: ApplicationGone()), FakeQuiescer("b", diary),
    ])
    #expect(results.map(\.path) == ["/b"])
  }

  @Test func `ends after the longest time, whoever else is waited for`() throws {
    let results = try hold(
      [FakeQuiescer("a", diary), FakeQuiescer("b", diary, holdingAfter: "release a")],
      max: .milliseconds(200)
    )
    #expect(results.allSatisfy { $0.held == nil })
    #expect(results.allSatisfy { $0.reason?.contains("--hold-max") == true }, "\(results)")
    let release = diary.entries.firstIndex(of: "release a")
    #expect(release.map { $0 < diary.entries.firstIndex(of: "hold b") ?? 0 } == true)
  }

  @Test func `ends when there will be no instant`() throws {
    let applications = Applications([FakeQuiescer("a", diary)], QuiesceOptions())
    try applications.prepare(Interruption())
    applications.hold()
    applications.giveUp(because: "nobody was stopped")
    applications.hold()
    applications.release()
    #expect(applications.results.map(\.reason) == ["nobody was stopped"])
    #expect(diary.entries.filter { $0 == "hold a" }.count == 1)
  }

  @Test func `says how long each was held`() throws {
    let applications = Applications([FakeQuiescer("a", diary)], QuiesceOptions())
    try applications.prepare(Interruption())
    applications.hold()
    _ = StopSignal().wait(for: .milliseconds(30))
    applications.release()
    let held = try #require(applications.results.first?.held)
    #expect(held >= .milliseconds(30) && held < .seconds(30))
  }
}
