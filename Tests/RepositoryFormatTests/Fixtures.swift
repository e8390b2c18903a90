import Foundation
import Machine
import RepositoryFormat
import TestSupport

/// The files in `Fixtures`; its README says how they were made.
enum Fixtures {
  struct Missing: Error { var name: String }

  static func url(_ name: String) throws -> URL {
    guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil) else {
      throw Missing(name: name)
    }
    return folder.appending(path: name)
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: url(name)))
  }

  static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
  }

  /// The plaintexts of tree blobs, by id.
  static func treeBlobs() throws -> [(id: Digest, bytes: [UInt8])] {
    let folder = try url("tree-blobs")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      guard let id = Digest(hex: name.prefix(64)) else { throw Missing(name: name) }
      return (id, [UInt8](try Data(contentsOf: folder.appending(path: name))))
    }
  }
}

func bytes(hex: String) -> [UInt8] {
  stride(from: 0, to: hex.utf8.count, by: 2).compactMap { offset in
    UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
  }
}

/// Bytes that are the same for the same seed: H(seed ‖ "0") ‖ H(seed ‖ "1") ‖ ….
func hashStream(_ count: Int, seed: String = "") -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(count + 32)
  var index = 0
  while result.count < count {
    result.append(contentsOf: sha256(Array("\(seed)\(index)".utf8)).bytes)
    index += 1
  }
  result.removeSubrange(count...)
  return result
}
