import ObjectStorage
import RepositoryEngine
import TestSupport
import Testing

/// How a store is to fail.
struct FaultKind: CustomTestStringConvertible, Sendable {
  var fault: FaultyStore.Fault
  /// Whether all later operations fail too.
  var isLasting: Bool

  static let all = [FaultyStore.Fault.error(.noSpace), .cutShort].flatMap { fault in
    [false, true].map { FaultKind(fault: fault, isLasting: $0) }
  }

  var testDescription: String { "\(fault), \(isLasting ? "for ever" : "once")" }
}

extension Set<FaultyStore.Operation> {
  static let writing: Self = [.put, .stage, .append, .readBack, .commit]
  static let all = writing.union([.get, .size, .list, .remove, .settle])
}

extension RepositoryOptions {
  /// Small packs and index files, so that there are many of them.
  static var small: RepositoryOptions {
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 16
    options.indexBlobsMax = 2
    return options
  }
}

/// Calls `body` with stores whose n-th operation fails, for n = 1, 2, … until none does.
///
/// - Parameters:
///   - kind: How they fail.
///   - operations: What is counted and may fail.
///   - body: Does something with a store that its first argument wrapped, judges what is left after
///     the operation with that number failed, and returns how what it did ended.
/// - Returns: How many operations there were.
/// - Throws: The error that there was without any fault.
func withEveryFault(
  _ kind: FaultKind,
  in operations: Set<FaultyStore.Operation>,
  _ body: (_ faulty: (any ObjectStore) -> FaultyStore, _ number: Int) throws -> Result<
    Void, any Error
  >
) throws -> Int {
  var number = 1
  while true {
    let made = Locked<FaultyStore?>(nil)
    let result = try body(
      { store in
        let faulty = FaultyStore(
          store,
          failingAt: number,
          isLasting: kind.isLasting,
          failing: operations,
          fault: kind.fault
        )
        made.update { $0 = faulty }
        return faulty
      },
      number
    )
    if try #require(made.value).faults == 0 {
      try result.get()
      return number - 1
    }
    number += 1
  }
}
