import Foundation
import Machine
import RepositoryFormat
import TestSupport

/// A repository from an archive in `Fixtures`, all of it in memory.
struct StoredRepository {
  var keys: [String: [UInt8]] = [:]
  var config: [UInt8] = []
  var index: [String: [UInt8]] = [:]
  var snapshots: [String: [UInt8]] = [:]
  var packs: [String: [UInt8]] = [:]

  init(archive: String) throws {
    let path = try Fixtures.url(archive).path
    self = try withTemporaryDirectory { directory in
      try SystemCommandRunner().run(Command("tar", "-xzf", path, "-C", directory.string))
      var repository = StoredRepository()
      let names = try FileManager.default.subpathsOfDirectory(atPath: directory.string)
      for name in names {
        let url = URL(filePath: directory.string).appending(path: name)
        guard let data = try? Data(contentsOf: url) else { continue }
        repository.add([UInt8](data), parts: name.split(separator: "/").map(String.init))
      }
      return repository
    }
  }

  private init() {}

  private mutating func add(_ bytes: [UInt8], parts: [String]) {
    guard let name = parts.last else { return }
    if name == "config" { config = bytes }
    if parts.contains("keys") { keys[name] = bytes }
    if parts.contains("index") { index[name] = bytes }
    if parts.contains("snapshots") { snapshots[name] = bytes }
    if parts.contains("data") { packs[name] = bytes }
  }

  /// Opens the first key.
  func masterKey(password: String) throws -> MasterKey {
    guard let file = keys.values.first else { throw Fixtures.Missing(name: "key") }
    return try KeyFile(parsing: file).open(password: Array(password.utf8))
  }

  /// The blobs of a pack by its header, with their plaintexts.
  func blobs(inPack pack: [UInt8], key: MasterKey) throws -> [(PackedBlob, plaintext: [UInt8])] {
    let sealer = Sealer(key)
    let lengthField = pack.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    let size = try PackLayout.sealedHeaderSize(
      lengthField: lengthField,
      fileSize: UInt64(pack.count)
    )
    let header = try parseHeader(try sealer.opened(Array(pack.dropLast(4).suffix(size))))
    return try header.map { blob in
      let sealed = Array(pack[Int(blob.offset)..<Int(blob.offset + blob.length)])
      let opened = try sealer.opened(sealed)
      guard blob.isCompressed else { return (blob, opened) }
      var plaintext = [UInt8](repeating: 0, count: blob.plainLength)
      let count = try opened.withUnsafeBytes { source in
        try plaintext.withUnsafeMutableBytes { target in
          try Decompressor().decompress(source, into: target)
        }
      }
      return (blob, Array(plaintext[..<count]))
    }
  }
}
