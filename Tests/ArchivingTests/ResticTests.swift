import Archiving
import Foundation
import Machine
import ObjectStorage
import Planning
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing
import Viewing

/// The same targets, archived by us and by restic into one repository.
struct Comparison {
  let shop: Workshop
  let restic: Program
  let store: FilePath

  static func with(_ body: (Comparison) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let store = directory.appending("repository")
      var restic = try #require(Program.restic)
      restic.environment = [
        "RESTIC_REPOSITORY": store.string, "RESTIC_PASSWORD": "archive",
        "RESTIC_CACHE_DIR": directory.appending("cache").string,
      ]
      let local = LocalStore(path: store)
      try local.prepare()
      try Workshop.with(store: local) { shop in
        try body(Comparison(shop: shop, restic: restic, store: store))
      }
    }
  }

  /// What both stored for `targets`, given to restic in `directory` as they are.
  ///
  /// Other programs change the directories above the scratch directory meanwhile: of those only
  /// what stays is compared.
  func compare(
    _ targets: [String],
    in directory: FilePath,
    _ options: [String] = [],
    _ exclusions: Exclusions = Exclusions()
  ) throws -> (ours: [String: Node], theirs: [String: Node]) {
    var request = try shop.request(targets.map { Self.target($0, in: directory) })
    request.exclusions = exclusions
    let ours = try shop.archive(request)
    let line = ([restic.path.string, "backup", "-q", "--force"] + options + targets)
      .map { "'\($0)'" }.joined(separator: " ")
    var shell = Program("/bin/sh")
    shell.environment = restic.environment
    try shell.succeed("-c", "cd '\(directory)' && exec \(line)")
    let theirs = try #require(shop.repository.snapshots().last).file.tree
    try shop.repository.loadIndex()
    return (try steady(ours.tree), try steady(theirs))
  }

  private func steady(_ tree: BlobID) throws -> [String: Node] {
    let above = shop.scratch.string.dropFirst() + "/"
    return try shop.nodes(tree).reduce(into: [:]) { result, entry in
      var node = entry.value
      if above.hasPrefix(entry.key + "/") {
        let time = NodeTime(seconds: 0, nanoseconds: 0)
        (node.modified, node.accessed, node.changed) = (time, time, time)
        node.subtree = nil
      }
      result[entry.key] = node
    }
  }

  /// Before 0.19, restic left out what was named when a pattern matched it.
  var excludesTargets: Bool {
    get throws {
      let words = try restic.succeed("version").split(separator: " ")
      let numbers = words[1].split(separator: ".").compactMap { Int($0) }
      return numbers.lexicographicallyPrecedes([0, 19])
    }
  }

  private static func target(_ text: String, in directory: FilePath) -> ArchiveTarget {
    if text.hasPrefix("/") { return ArchiveTarget(path: FilePath(text).lexicallyNormalized()) }
    let relative = FilePath(text).lexicallyNormalized()
    let names = relative.components.map(\.string).filter { $0 != ".." && $0 != "." }
    return ArchiveTarget(
      path: directory.pushing(relative).lexicallyNormalized(),
      placement: names.map { FileName($0) }
    )
  }
}

@Suite(.serialized, .requires(tool: "restic")) struct `As restic` {
  @Test func `targets stand where restic places them`() throws {
    try Comparison.with { both in
      try both.shop.write("a/b/c/file", "file")
      try both.shop.write("a/b/other", "other")
      try both.shop.write("a/x", "x")
      try both.shop.write("e/x", "another x")
      try both.shop.shell("ln -s a link; ln -s b a/short")
      let root = both.shop.source.string
      let lists = [
        [root], ["."], ["a"], ["a/b/c"], ["../source/a"], ["a/b", "a/x"], [root, root + "/a/b"],
        [root + "/a/b/c", root + "/a"], ["link"], ["link/x"], ["a/short/c"], ["a", root + "/e"],
        ["a/x", root + "/e/x", "e"], ["a", "a"], ["./a//b/../x"],
      ]
      for targets in lists {
        let result = try both.compare(targets, in: both.shop.source)
        #expect(result.ours == result.theirs, "\(targets)")
      }
      // The same name from two directories.
      let inside = both.shop.source.appending("a")
      for targets in [["x", "../e/x"], ["b/c", "../a/b/other"], ["..", "x"]] {
        let result = try both.compare(targets, in: inside)
        #expect(result.ours == result.theirs, "\(targets)")
      }
    }
  }

  @Test func `the same is left out`() throws {
    try Comparison.with { both in
      for path in [
        "a/b/c.o", "a/b/c.c", "a/Build/out.txt", "cache/data", "cache/deep/x", "notcache/data",
        "skip/.nobackup", "skip/file", "skip/d/file", "skip2/TAG", "skip2/file", "x.o/inside",
        "deep/1/2/3/end", "deep/1/keep", "wei rd/[x]", "star*", "\u{c4}pfel/k",
      ] {
        try both.shop.write(path, path)
      }
      try both.shop.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55 more")
      try both.shop.write("notcache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc5")
      try both.shop.write("skip2/TAG", "yes, skip")
      try both.shop.write("large", noise(3000))
      let root = both.shop.source.string
      let lists: [[String]] = [
        ["*.o"], ["\(root)/a/*"], ["/a"], ["a/b"], ["a/**/*.c"], ["deep/**/end"], ["**/1/2"],
        ["a/*", "!a/b"], ["*", "!*.c"], ["deep/*", "!deep/1"], ["[cd]*"], ["[^a-d]*"],
        ["star\\*"], ["wei rd/\\[x\\]"], ["source"], ["\u{c4}*"], ["?arge"], ["deep/1/../1/2"],
      ]
      for patterns in lists {
        var exclusions = Exclusions()
        exclusions.patterns = try PatternList(patterns)
        let options = patterns.flatMap { ["--exclude", $0] }
        let targets = ["a", "deep", "x.o", "star*", "wei rd", "\u{c4}pfel", "large"]
        let paths = targets.map { ComponentPath(both.shop.source.appending($0)) }
        if try both.excludesTargets, paths.contains(where: exclusions.excludes) { continue }
        let result = try both.compare(targets, in: both.shop.source, options, exclusions)
        #expect(result.ours == result.theirs, "\(patterns)")
      }
      var exclusions = Exclusions()
      exclusions.caselessPatterns = try PatternList(["BUILD", "\u{e4}PFEL"], ignoringCase: true)
      exclusions.markers = [
        .cacheDirectory, try #require(ExclusionMarker(parsing: ".nobackup")),
        try #require(ExclusionMarker(parsing: "TAG:yes")),
      ]
      exclusions.sizeMax = parseByteCount("2k")
      let options = [
        "--iexclude", "BUILD", "--iexclude", "\u{e4}PFEL", "--exclude-caches",
        "--exclude-if-present", ".nobackup", "--exclude-if-present", "TAG:yes",
        "--exclude-larger-than", "2k",
      ]
      for targets in [["."], [root], ["large", "skip"]] {
        if try both.excludesTargets, targets.contains("large") { continue }
        let result = try both.compare(targets, in: both.shop.source, options, exclusions)
        #expect(result.ours == result.theirs, "\(targets)")
      }
    }
  }
}
