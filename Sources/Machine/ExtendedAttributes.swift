import CLinux
import Glibc

/// One extended attribute as the file system has it.
package struct ExtendedAttribute: Hashable, Sendable {
  package var name: [UInt8]
  package var value: [UInt8]
}

/// The extended attributes of a file, in the order the file system lists them.
package struct ExtendedAttributes: Sendable {
  package var attributes: [ExtendedAttribute] = []
  /// Attributes that are listed but could not be read.
  package var unreadable: [SystemCallError] = []

  package init() {}

  /// Reads those of `name` below `directory`, or of `directory` itself without a name.
  ///
  /// A file system without attributes has none. The corresponding C functions are `listxattrat`
  /// and `getxattrat`.
  ///
  /// - Parameters:
  ///   - directory: Open; for reading when there is no name.
  ///   - name: Ends with zero; a link is not followed.
  ///   - subject: What it is, for the errors.
  /// - Throws: ``SystemCallError`` when they can't be listed.
  package init(
    in directory: CInt,
    _ name: UnsafePointer<CChar>?,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    for attribute in try Self.names(directory, name, subject: subject()) {
      do {
        let value = try Self.value(of: attribute, directory, name, subject: subject())
        attributes.append(ExtendedAttribute(name: Array(attribute.bytes), value: value))
      } catch {
        unreadable.append(error)
      }
    }
  }

  /// Reads one attribute of an open file, also one that isn't listed; nil without it.
  ///
  /// The corresponding C function is `fgetxattr`.
  ///
  /// - Parameters:
  ///   - name: Such as `ceph.snap.btime`.
  ///   - file: Open for reading.
  ///   - subject: What it is, for the error.
  /// - Returns: Its value.
  /// - Throws: ``SystemCallError``.
  package static func value(
    _ name: FileName,
    of file: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> [UInt8]? {
    do {
      return try value(of: name, file, nil, subject: subject())
    } catch {
      if error.errno == .noData || error.errno == .notSupported { return nil }
      throw error
    }
  }

  private static func names(
    _ directory: CInt,
    _ name: UnsafePointer<CChar>?,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> [FileName] {
    // Most files have none, or few: the first call is the only one.
    let found = try withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) {
      (list) throws(SystemCallError) -> [FileName]? in
      let result = clinux_list_attributes(directory, name, list.baseAddress, list.count)
      if result == -Int(ENOTSUP) { return [] }
      if result == -Int(ERANGE) { return nil }
      let count = try kernelCall("listxattr", subject()) { result }
      return list[..<count].split(separator: 0).map { FileName($0) }
    }
    if let found { return found }
    // 64 KiB is the kernel's limit.
    var list = [UInt8](repeating: 0, count: 1 << 16)
    let count = try kernelCall("listxattr", subject()) {
      list.withUnsafeMutableBytes {
        clinux_list_attributes(directory, name, $0.baseAddress, $0.count)
      }
    }
    return list[..<count].split(separator: 0).map { FileName($0) }
  }

  private static func value(
    of attribute: FileName,
    _ directory: CInt,
    _ name: UnsafePointer<CChar>?,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: 256)
    while true {
      let result = value.withUnsafeMutableBytes { buffer in
        attribute.withCString {
          clinux_get_attribute(directory, name, $0, buffer.baseAddress, buffer.count)
        }
      }
      if result == -Int(ERANGE), value.count < 1 << 16 {
        value = [UInt8](repeating: 0, count: 1 << 16)
        continue
      }
      let count = try kernelCall("getxattr", subject()) { result }
      return Array(value[..<count])
    }
  }
}
