package import Machine

/// Decides how each piece of `sources` is read.
///
/// - Parameters:
///   - sources: Absolute and normalised; symbolic links on the way are in `inputs`.
///   - policy: `off` plans no pieces at all: everything is seen live through `/`.
///   - inputs: What is known of the machine.
/// - Returns: The plan.
/// - Throws: ``PlanError`` when the policy requires volume snapshots and a piece can't have one.
package func makePlan(
  sources: [FilePath],
  policy: SnapshotPolicy,
  inputs: PlanInputs
) throws -> Plan {
  Plan(pieces: [], volumes: [])
}
