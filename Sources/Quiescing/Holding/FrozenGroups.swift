import Machine

extension LastingQuiescer {
  /// Freezes a control group, such as a systemd unit or a container.
  convenience init(
    _ group: ControlGroup,
    named name: String,
    _ record: any HoldRecord
  ) {
    let means = Means(
      hold: .group(group.folder),
      check: {
        if group.isFrozen { throw QuiesceError("it is frozen already") }
        let mounts = try MountTable.current()
        if try group.holds(Host.processID, mounts: mounts) {
          throw QuiesceError("stillpoint itself runs in it")
        }
      },
      take: { deadline in
        try group.freeze()
        if !poll(until: deadline, { group.isFrozen }) {
          throw QuiesceError("it didn't stand still in time")
        }
      }
    )
    self.init(Application(kind: name, path: group.folder, hasCleanPoint: false), means, record)
  }
}
