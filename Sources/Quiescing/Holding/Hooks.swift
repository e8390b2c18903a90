import Machine

extension LastingQuiescer {
  /// Has a program of somebody else's freeze and thaw something.
  convenience init(hook: FilePath, _ record: any HoldRecord) {
    let means = Means(
      hold: .hook(hook),
      check: {},
      take: { deadline in
        var runner = SystemCommandRunner()
        runner.lengthMax = ContinuousClock.now.duration(to: deadline)
        try runner.run(Command(hook.string, "freeze"))
      }
    )
    self.init(Application(kind: "hook", path: hook), means, record)
  }
}

/// The programs of a hook folder, by name: files that may be executed, as QEMU's guest agent takes
/// those of `fsfreeze-hook.d`.
///
/// - Throws: ``SystemCallError`` when the folder can't be read.
func hooks(in folder: FilePath) throws(SystemCallError) -> [FilePath] {
  var found: [FilePath] = []
  for name in try LocalFiles.names(in: folder).sorted() where name.bytes.first != 0x2e {
    let path = FilePath(bytes: folder.bytes + [UInt8(ascii: "/")] + name.bytes)
    let file = try fileMetadata(of: path, followingLinks: true)
    if file.type == .regular, file.mode & 0o111 != 0 { found.append(path) }
  }
  return found
}
