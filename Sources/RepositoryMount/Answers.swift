import CMount
import Machine
import RepositoryFormat

/// The C functions that libfuse calls, and what they make of our answers.
enum Answers {
  static let table = mount_answers(
    lookup: lookup,
    attributes: attributes,
    link: link,
    list: list,
    open: open,
    read: read,
    seek: seek,
    close: close,
    attribute: attribute
  )

  private static let lookup:
    @convention(c) (
      UnsafeMutableRawPointer?, UInt64, UnsafePointer<CChar>?, UnsafeMutablePointer<mount_node>?
    ) -> CInt = { context, parent, name, node in
      answered(context) { mounted in
        guard let name, let found = try mounted.lookup(bytes(name), in: parent) else {
          return -missing
        }
        node?.pointee = found
        return 0
      }
    }

  private static let attributes:
    @convention(c) (UnsafeMutableRawPointer?, UInt64, UnsafeMutablePointer<mount_node>?) -> CInt = {
      context,
      inode,
      node in
      answered(context) { mounted in
        guard let found = try mounted.attributes(of: inode) else { return -missing }
        node?.pointee = found
        return 0
      }
    }

  private static let link:
    @convention(c) (UnsafeMutableRawPointer?, UInt64, UnsafeMutablePointer<CChar>?, Int) -> CInt = {
      context,
      inode,
      target,
      size in
      answered(context) { mounted in
        guard let text = try mounted.target(of: inode) else { return -invalid }
        return CInt(copy(text, to: target, size))
      }
    }

  private static let list:
    @convention(c) (UnsafeMutableRawPointer?, UInt64, UInt64, OpaquePointer?) -> CInt = {
      context,
      inode,
      from,
      listing in
      answered(context) { mounted in
        let isFolder = try mounted.list(inode, from: Int(from)) { name, node, next in
          var node = node
          return (name + [0]).withUnsafeBufferPointer { name in
            name.withMemoryRebound(to: CChar.self) { name in
              mount_add(listing, name.baseAddress, &node, UInt64(next)) != 0
            }
          }
        }
        return isFolder ? 0 : -missing
      }
    }

  private static let open: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Int64 = {
    context,
    inode in
    answered(context) { mounted in try mounted.open(inode) ?? Int64(-invalid) }
  }

  private static let read:
    @convention(c) (
      UnsafeMutableRawPointer?, Int64, UInt64, UnsafeMutablePointer<CChar>?, Int
    ) -> Int = { context, handle, offset, bytes, size in
      answered(context) { mounted in
        guard let file = mounted.file(handle), let bytes else { return Int(-invalid) }
        let target = UnsafeMutableRawBufferPointer(start: bytes, count: size)
        return try file.read(offset, into: target) { try mounted.blob($0) }
      }
    }

  private static let seek: @convention(c) (UnsafeMutableRawPointer?, Int64, UInt64, CInt) -> Int64 =
    {
      context,
      handle,
      offset,
      hole in
      answered(context) { mounted in
        guard let file = mounted.file(handle) else { return Int64(-invalid) }
        return file.seek(offset, hole: hole != 0).map(Int64.init)
          ?? Int64(-Errno.noSuchAddressOrDevice.rawValue)
      }
    }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, Int64) -> Void = {
    context,
    handle in
    _ = answered(context) { mounted -> CInt in
      mounted.close(handle)
      return 0
    }
  }

  private static let attribute:
    @convention(c) (
      UnsafeMutableRawPointer?, UInt64, UnsafePointer<CChar>?, UnsafeMutablePointer<CChar>?, Int
    ) -> Int = { context, inode, name, value, size in
      answered(context) { mounted in
        let all = try mounted.extendedAttributes(of: inode)
        guard let name, name.pointee != 0 else {
          return copy(all.flatMap { $0.name + [0] }, to: value, size)
        }
        let wanted = bytes(name)
        guard let found = all.first(where: { $0.name.elementsEqual(wanted) }) else {
          return Int(-Errno.noData.rawValue)
        }
        return copy(found.value, to: value, size)
      }
    }

  private static let missing = Errno.noSuchFileOrDirectory.rawValue
  private static let invalid = Errno.invalidArgument.rawValue

  /// Asks the mounted repository; what it can't read is an input or output error.
  private static func answered<Value: SignedInteger>(
    _ context: UnsafeMutableRawPointer?,
    _ body: (MountedSnapshots) throws -> Value
  ) -> Value {
    guard let context else { return Value(-invalid) }
    let mounted = Unmanaged<MountedSnapshots>.fromOpaque(context).takeUnretainedValue()
    do {
      return try body(mounted)
    } catch {
      return Value(-Errno.ioError.rawValue)
    }
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
    var count = 0
    while text[count] != 0 { count += 1 }
    return UnsafeRawBufferPointer(start: text, count: count)
  }

  /// Copies as much as fits, and returns how much there is.
  private static func copy(
    _ bytes: [UInt8],
    to target: UnsafeMutablePointer<CChar>?,
    _ size: Int
  ) -> Int {
    let count = min(bytes.count, size)
    guard let target, count > 0 else { return bytes.count }
    bytes.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: target, count: count)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
    return bytes.count
  }
}
