import Keeping
import Machine
import Running
import StillpointCommands

@main enum Entry {
  static func main() {
    openMissingStandardStreams()
    runKeeper(ifAskedBy: CommandLine.arguments)
    runGuest(ifAskedBy: CommandLine.arguments)
    stillpointMain()
  }
}
