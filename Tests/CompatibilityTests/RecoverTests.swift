import Machine
import TestSupport
import Testing

@Suite(.requires(restic: Twins.today)) struct `Recovering` {
  @Test(arguments: [0, 1, 3]) func `lost folders are recovered, however many`(count: Int) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", source.string)
      for number in 0..<count {
        try Twins.write(source.appending("d/new"), "\(number)\n")
        try restic.succeed("backup", "-q", source.string)
      }
      let kept = try Twins.all(of: restic).first?["short_id"] as? String
      for snapshot in try Twins.all(of: restic) {
        let id = try #require(snapshot["short_id"] as? String)
        if id != kept { try restic.succeed("forget", "-q", id) }
      }
    } _: { twins in
      // restic forgets to sort several.
      if count < 2 {
        try twins.expectSameLines(["recover", "-v"])
      } else {
        try twins.ours.succeed("recover")
      }
      try twins.witness.succeed("check", "--read-data")
      let snapshots = try Twins.all(of: twins.witness)
      #expect(snapshots.count == (count > 0 ? 2 : 1))
      guard count > 0 else { return }
      #expect(snapshots.contains { $0["tags"] as? [String] == ["recovered"] })
      let listing = try Twins.listing(of: twins.witness)
      #expect(listing.filter { $0.hasSuffix("/d/new") }.count == count)
      if count == 1 {
        #expect(try listing == Twins.listing(of: twins.theirs))
        let names: Set = ["id", "short_id", "time", "tree"]
        let ours = try Twins.snapshots(of: twins.witness, without: names)
        #expect(try ours == Twins.snapshots(of: twins.theirs, without: names))
      }
    }
  }
}
