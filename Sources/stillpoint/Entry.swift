import Keeping
import Running
import StillpointCommands

@main enum Entry {
  static func main() {
    runKeeper(ifAskedBy: CommandLine.arguments)
    runGuest(ifAskedBy: CommandLine.arguments)
    stillpointMain()
  }
}
