import TestSupport
import Testing

/// Copies of a busy btrfs that other programs make inside `stillpoint run`.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "python3"))
struct `Other programs on a busy volume` {
  private func expectWhole(
    _ name: String,
    _ make: @escaping (GuestTorture.Place) -> GuestTorture.Tool
  ) throws {
    try GuestTorture(name, runs: 10, on: TortureRun.Place.onBtrfs, make).expectWhole()
  }

  @Test(.requires(tool: "tar")) func `copy it whole: tar`() throws {
    try expectWhole("tar") { place in
      .tar(place)
    }
  }

  @Test(.requires(tool: "restic")) func `copy it whole: restic`() throws {
    try expectWhole("restic") { place in
      GuestTorture.Tool(
        prepare: "restic init --quiet",
        copy: ["restic", "backup", "--quiet", place.source],
        restore: "restic restore --quiet latest --target ."
      )
    }
  }

  @Test(.requires(tool: "borg")) func `copy it whole: borg`() throws {
    try expectWhole("borg") { place in
      .borg(place)
    }
  }

  @Test(.requires(tool: "rsync")) func `copy it whole: rsync`() throws {
    try expectWhole("rsync") { place in
      GuestTorture.Tool(
        copy: ["rsync", "-aR", place.source, place.file("restored/")],
        restore: "true"
      )
    }
  }
}

/// The same on a busy pool.
@Suite(.serialized, .requiresTestMachine, .requires(tool: "python3"))
struct `Other programs on a busy pool` {
  @Test func `copy it whole: tar`() throws {
    try GuestTorture("tar, ZFS", runs: TortureRun.count, on: TortureRun.Place.onZFS) { place in
      .tar(place)
    }.expectWhole()
  }

  @Test(.requires(tool: "borg")) func `copy it whole: borg`() throws {
    try GuestTorture("borg, ZFS", runs: TortureRun.count, on: TortureRun.Place.onZFS) { place in
      .borg(place)
    }.expectWhole()
  }

  @Test func `copy it whole, and restic finds its parent`() throws {
    try GuestTorture("restic, ZFS", runs: TortureRun.count, on: TortureRun.Place.onZFS) { place in
      GuestTorture.Tool(
        prepare: "restic init --quiet; mkdir -p \(place.source); echo > \(place.source)/same",
        copy: ["restic", "backup", "--verbose=2", place.source],
        restore: "restic restore --quiet latest --target .",
        isRight: { number, output in
          number == 0
            || output.contains("using parent snapshot")
              && output.contains("unchanged \(place.source)/same")
        }
      )
    }.expectWhole()
  }
}

extension GuestTorture.Tool {
  fileprivate static func tar(_ place: GuestTorture.Place) -> Self {
    Self(
      copy: ["tar", "-cf", place.file("copy.tar"), place.source],
      restore: "tar -xf '\(place.file("copy.tar"))'"
    )
  }

  fileprivate static func borg(_ place: GuestTorture.Place) -> Self {
    Self(
      prepare: "borg init --encryption none",
      copy: ["borg", "create", "::{utcnow}", place.source],
      restore: "borg extract \"::$(borg list --short --last 1)\""
    )
  }
}
