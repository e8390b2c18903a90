import Machine
import Planning

extension Walker {
  /// Whether something in `frame` is left out for what it is or what stands beside it.
  mutating func isLeftOut(
    _ found: Found,
    _ metadata: FileMetadata,
    in frame: WalkFrame<Visitor.Directory>
  ) -> Bool {
    if isTooLarge(metadata) { return true }
    if isElsewhere(metadata, found.root.deviceID(of: metadata), allowed: frame.allowedDevice) {
      return true
    }
    return isMarked(found.name, in: frame)
  }

  /// Whether something in `frame` is left out for what stands beside it.
  func isMarked(
    _ name: UnsafeRawBufferPointer,
    in frame: WalkFrame<Visitor.Directory>
  ) -> Bool {
    if request.exclusions.markers.isEmpty { return false }
    if frame.markers == nil {
      frame.markers = frame.handle.map { markers(in: $0) } ?? []
    }
    return Self.isMarked(name, by: frame.markers ?? [])
  }

  /// Whether an entry of a directory that the user named for its entries is left out; says which
  /// device it must stay on.
  mutating func isLeftOut(
    _ metadata: FileMetadata,
    beside container: FilePath,
    _ found: inout Found
  ) -> Bool {
    if isTooLarge(metadata) { return true }
    guard let place = try? resolver.resolve(container, followingLast: true) else { return false }
    if let holder = try? fileMetadata(in: place.directory.raw, subject: container) {
      found.allowedDevice = place.root.deviceID(of: holder)
      let device = found.root.deviceID(of: metadata)
      if isElsewhere(metadata, device, allowed: found.allowedDevice) { return true }
    }
    if request.exclusions.markers.isEmpty { return false }
    if containerMarkers[container] == nil {
      containerMarkers[container] = markers(in: place.directory)
    }
    return Self.isMarked(found.name, by: containerMarkers[container] ?? [])
  }

  private func isTooLarge(_ metadata: FileMetadata) -> Bool {
    guard let sizeMax = request.exclusions.sizeMax, metadata.type != .directory else {
      return false
    }
    return metadata.size > sizeMax
  }

  /// Whether anything but a directory is on another device; a directory stays, empty.
  private func isElsewhere(_ metadata: FileMetadata, _ device: UInt64, allowed: UInt64?) -> Bool {
    guard request.exclusions.staysOnFileSystem, let allowed else { return false }
    return metadata.type != .directory && device != allowed
  }

  /// The markers that are present in a directory.
  private func markers(in directory: SharedDescriptor) -> [ExclusionMarker] {
    request.exclusions.markers.filter { $0.isPresent(in: directory.raw, here) }
  }

  private static func isMarked(
    _ name: UnsafeRawBufferPointer,
    by markers: [ExclusionMarker]
  ) -> Bool {
    markers.contains { !$0.name.bytes.elementsEqual(name) }
  }
}
