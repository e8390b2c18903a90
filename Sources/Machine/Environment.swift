import Glibc

/// The bytes of an environment variable; nil when it isn't set.
///
/// The corresponding C function is `getenv`.
package func environmentVariable(_ name: String) -> [UInt8]? {
  guard let value = getenv(name) else { return nil }
  return Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
}

/// The arguments of this process as bytes, without its name.
package func argumentBytes() -> [[UInt8]] {
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map {
      Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
    }
  }
}

/// Ends this process.
///
/// The corresponding C function is `exit`.
package func endProcess(status: Int32) -> Never { exit(status) }

/// The directory that relative paths begin in.
///
/// The corresponding C function is `getcwd`.
package func workingDirectory() throws(SystemCallError) -> FilePath {
  var buffer = [CChar](repeating: 0, count: 1 << 16)
  guard getcwd(&buffer, buffer.count) != nil else {
    throw SystemCallError(call: "getcwd", subject: ".", errno: Errno(rawValue: errno))
  }
  return FilePath(platformString: buffer)
}

extension FilePath {
  /// Makes a path of bytes that hold no zero.
  package init(bytes: some Collection<UInt8>) {
    self.init(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
  }

  /// The bytes of the path, without a closing zero.
  package var bytes: [UInt8] {
    withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }
}

extension FilePath.Component {
  /// The bytes of the name, without a closing zero.
  package var bytes: [UInt8] {
    withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
  }
}
