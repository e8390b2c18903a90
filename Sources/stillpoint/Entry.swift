import Keeping
import StillpointCommands

@main enum Entry {
  static func main() {
    runKeeper(ifAskedBy: CommandLine.arguments)
    stillpointMain()
  }
}
