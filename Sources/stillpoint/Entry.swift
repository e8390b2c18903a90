import StillpointCommands

@main enum Entry {
  static func main() { stillpointMain() }
}
