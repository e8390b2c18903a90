import ArgumentParser
import Planning
import RepositoryEngine

/// What a prune may leave, and what it may move.
struct PruneLimitOptions: ParsableArguments {
  @Option(
    help: .init(
      "Tolerate so much unused data: bytes with k, m, g or t, a percentage, or unlimited.",
      valueName: "limit"
    )
  )
  var maxUnused = "5%"

  @Option(
    help: .init("Rewrite packs of at most so many bytes (with k, m, g, t).", valueName: "size")
  )
  var maxRepackSize = ""

  @Flag(help: "Only rewrite packs of trees.")
  var repackCacheableOnly = false

  @Flag(help: .hidden)
  var repackSmall = false

  @Flag(help: "Rewrite all data that isn't compressed.")
  var repackUncompressed = false

  @Option(
    help: .init("Put together packs below this size (with k, m).", valueName: "below-limit")
  )
  var repackSmallerThan = ""

  /// - Throws: ``UsageError`` for values that make no sense.
  func options() throws(UsageError) -> PruneOptions {
    var options = PruneOptions()
    options.unusedMax = try unusedMax()
    if !maxRepackSize.isEmpty {
      guard let bytes = parseByteCount(maxRepackSize) else {
        throw UsageError("invalid number of bytes \"\(maxRepackSize)\" for --max-repack-size")
      }
      options.repackMax = bytes
    }
    if !repackSmallerThan.isEmpty {
      guard let bytes = parseByteCount(repackSmallerThan) else {
        throw UsageError(
          "invalid number of bytes \"\(repackSmallerThan)\" for --repack-smaller-than"
        )
      }
      guard bytes > 0 else {
        throw UsageError("--repack-smaller-than must be larger than zero")
      }
      options.smallPackSize = bytes
    }
    options.repacksTreesOnly = repackCacheableOnly
    options.repacksUncompressed = repackUncompressed
    return options
  }

  private func unusedMax() throws(UsageError) -> PruneOptions.Unused {
    if maxUnused == "unlimited" { return .unlimited }
    guard maxUnused.hasSuffix("%") else {
      guard let bytes = parseByteCount(maxUnused) else {
        throw UsageError("invalid number of bytes \"\(maxUnused)\" for --max-unused")
      }
      return .bytes(bytes)
    }
    guard let percent = Double(maxUnused.dropLast()), percent.isFinite else {
      throw UsageError("invalid percentage \"\(maxUnused)\" passed for --max-unused")
    }
    if percent < 0 { throw UsageError("percentage for --max-unused must be positive") }
    if percent >= 100 { throw UsageError("percentage for --max-unused must be below 100%") }
    return .percent(percent)
  }
}
