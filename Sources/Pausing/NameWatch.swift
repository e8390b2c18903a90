import Machine

/// Hears of names that are made, renamed or removed while writers are held: that needs no open
/// file, so who does it may not be held.
///
/// One volume snapshot has all its names as of one moment; several have them as of several.
struct NameWatch: ~Copyable {
  private let watch: FanotifyNameWatch
  private let tops: [WatchedVolumes.Place]
  private let subvolumes: Set<UInt64>

  private init(
    _ watch: consuming FanotifyNameWatch,
    _ tops: [WatchedVolumes.Place],
    _ subvolumes: Set<UInt64>
  ) {
    self.watch = watch
    self.tops = tops
    self.subvolumes = subvolumes
  }

  /// Opens what can be marked, and marks it once to see that it can.
  ///
  /// - Throws: ``SystemCallError``.
  static func prepare(_ volumes: WatchedVolumes) throws -> NameWatch {
    let tops = try volumes.places.filter { !$0.isOverlay }.map(top)
    let names = NameWatch(try FanotifyNameWatch(), tops, volumes.subvolumes)
    try names.begin()
    names.end()
    return names
  }

  /// Hears from now on.
  ///
  /// - Throws: ``SystemCallError``.
  func begin() throws {
    for top in tops { try watch.watch(fileSystemOf: top.directory.raw, subject: top.path) }
  }

  /// Hears no more, and forgets what was heard.
  func end() { watch.unwatch() }

  /// Who changed names on the volumes, and whether so many did that some were lost.
  func changes() -> (actors: Set<ProcessID>, isOverflow: Bool) {
    var actors: Set<ProcessID> = []
    var isOverflow = false
    watch.drain { event in
      isOverflow = isOverflow || event.isOverflow
      if event.subvolume.map({ subvolumes.contains($0) }) ?? !event.isOverflow {
        actors.insert(event.actor)
      }
    }
    return (actors, isOverflow)
  }

  // Before Linux 6.8 only the top level of a btrfs can be marked.
  private static func top(_ place: WatchedVolumes.Place) throws -> WatchedVolumes.Place {
    for device in Btrfs.devices(of: place.directory.raw) {
      do {
        let mount = try PrivateMount.make(
          type: "btrfs",
          device: device,
          options: ["subvolid": "\(BtrfsSubvolume.topLevelID)"],
          isReadOnly: true
        )
        return WatchedVolumes.Place(path: place.path, directory: SharedDescriptor(mount))
      } catch { continue }
    }
    return place
  }
}
