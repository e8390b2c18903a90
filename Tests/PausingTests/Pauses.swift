import TestSupport
import Testing

/// All suites that hold processes, one test after the other: they would hold each other's.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"))
enum Pauses {}
