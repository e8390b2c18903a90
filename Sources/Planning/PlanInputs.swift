package import Machine

/// What a plan is made from: everything that had to be asked of the machine.
package struct PlanInputs: Sendable {
  /// Asks the machine what a plan for `sources` needs; nothing is changed, nothing is mounted.
  ///
  /// - Parameters:
  ///   - sources: Absolute and normalised.
  ///   - staysOnFileSystem: For `--one-file-system`: what lies below on others is left out.
  /// - Returns: The inputs.
  /// - Throws: ``PlanError`` when the mount table can't be read. A source that can't be looked at
  ///   is no error here: it is planned as live, and reading it will say why it can't be read.
  package static func gathered(
    for sources: [FilePath],
    staysOnFileSystem: Bool = false
  ) throws -> PlanInputs {
    PlanInputs()
  }
}
