import Machine

/// Becomes a guest, and never returns, when the program was started as one; otherwise does nothing.
///
/// Called before anything else: no thread has been started.
///
/// - Parameter arguments: The command line with the program's name.
package func runGuest(ifAskedBy arguments: [String]) {
  guard arguments.count == 3, arguments[1] == guestArgument, let number = CInt(arguments[2])
  else { return }
  let channel = SocketChannel(adopting: Descriptor(adopting: number))
  do {
    closeOnExecution(number)
    guard let message = try channel.receive() else { endProcess(status: 1) }
    let order = try GuestOrder(decoding: message)
    try order.prepare()
    try channel.send(GuestReply.mounted.encoded)
    // Without a word the main process is gone, and its volume snapshots are going.
    guard try channel.receive() != nil else { endProcess(status: 1) }
    ignoreSignals(order.ignoredSignals)
    if order.descriptorLimit >= 0 { try setDescriptorLimit(order.descriptorLimit) }
    let reason = replaceProcess(by: order.words)
    try channel.send(GuestReply.notExecuted(reason).encoded)
  } catch {
    // When nobody hears it, the main process is gone.
    try? channel.send(GuestReply.notMounted(explanation(of: error)).encoded)
  }
  endProcess(status: 1)
}

/// The private first argument that makes the program a guest; the number of the descriptor that
/// it gets its order through is the second.
let guestArgument = "--stillpoint-guest"

extension GuestOrder {
  /// Makes this process all that the guest is to be besides its program.
  fileprivate func prepare() throws {
    for piece in pieces {
      closeOnExecution(piece.directory)
      if piece.mount >= 0 { closeOnExecution(piece.mount) }
    }
    try endWithParent(main)
    try mountView()
    if let workingDirectory { try changeDirectory(to: workingDirectory) }
    for (name, value) in environment { setEnvironmentVariable(name, value) }
  }
}
