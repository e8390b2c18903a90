/// Why a key file didn't give its master key.
package enum KeyError: Error, Hashable, CustomStringConvertible {
  /// The password is not this key's; another key may fit.
  case wrongPassword
  /// The derivation can't be run: its parameters are impossible or ask for too much memory.
  case derivation(ScryptParameters)

  package var description: String {
    switch self {
    case .wrongPassword: "wrong password"
    case .derivation(let parameters): "can't derive a key with scrypt \(parameters)"
    }
  }
}

/// A key file: the master key, sealed with a key that scrypt derives from a password.
///
/// It is plain JSON; its name is the SHA-256 of the bytes as stored.
package struct KeyFile: Hashable, Sendable {
  package var created: NodeTime
  package var username: String
  package var hostname: String
  package var parameters: ScryptParameters
  package var salt: [UInt8]
  /// The master key as JSON, sealed with the derived key.
  package var data: [UInt8]

  /// How many bytes a salt has.
  private static let saltSize = 64

  /// Wraps `master` with `password` and a new salt.
  ///
  /// - Throws: ``KeyError/derivation(_:)`` when scrypt can't run with `parameters`.
  package static func create(
    password: [UInt8],
    master: MasterKey,
    created: NodeTime,
    username: String,
    hostname: String,
    parameters: ScryptParameters
  ) throws(KeyError) -> KeyFile {
    let salt = randomBytes(saltSize)
    let derived = try parameters.derive(password: password, salt: salt)
    guard let key = try? MasterKey(derived: derived) else { throw .derivation(parameters) }
    return KeyFile(
      created: created,
      username: username,
      hostname: hostname,
      parameters: parameters,
      salt: salt,
      data: Sealer(key).sealed(master.encoded())
    )
  }

  /// Returns the master key.
  ///
  /// - Throws: ``KeyError``, or ``FormatError`` when what was sealed is not a master key.
  package func open(password: [UInt8]) throws -> MasterKey {
    let derived = try parameters.derive(password: password, salt: salt)
    let json: [UInt8]
    do {
      json = try Sealer(try MasterKey(derived: derived)).opened(data)
    } catch let error as SealError where error.reason == .wrongTag {
      throw KeyError.wrongPassword
    }
    return try MasterKey(parsing: json)
  }
}

extension KeyFile {
  /// Reads a key file.
  ///
  /// - Throws: ``FormatError`` when it is not one.
  package init(parsing json: [UInt8]) throws(FormatError) {
    guard !json.isEmpty else { throw FormatError("key", "it is empty") }
    self = try json.withBytes { (bytes) throws(FormatError) in
      var reader = JSONReader(bytes, subject: "key")
      let file = try KeyFile(&reader)
      try reader.finish()
      return file
    }
  }

  private init(_ reader: inout JSONReader) throws(FormatError) {
    created = NodeTime(seconds: 0, nanoseconds: 0)
    username = ""
    hostname = ""
    parameters = ScryptParameters(n: 0, r: 0, p: 0)
    salt = []
    data = []
    var kdf = ""
    guard try reader.enterObject() else { throw reader.failure("no key") }
    while let key = try reader.nextKey() {
      switch key {
      case "created": created = try reader.time()
      case "username": username = try reader.text()
      case "hostname": hostname = try reader.text()
      case "kdf": kdf = try reader.text()
      case "N": parameters.n = Int(try reader.unsigned(UInt32.self))
      case "r": parameters.r = Int(try reader.unsigned(UInt32.self))
      case "p": parameters.p = Int(try reader.unsigned(UInt32.self))
      case "salt": salt = try reader.base64()
      case "data": data = try reader.base64()
      default: try reader.skipValue()
      }
    }
    guard kdf == "scrypt" else { throw FormatError("key", "unknown key derivation \"\(kdf)\"") }
    guard !salt.isEmpty else { throw FormatError("key", "no salt") }
    guard data.count >= Sealer.overhead else { throw FormatError("key", "no sealed master key") }
  }

  /// Returns the file's bytes.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(#"{"created":"#)
    writer.append(json: created)
    writer.append(#","username":"#)
    writer.append(json: username)
    writer.append(#","hostname":"#)
    writer.append(json: hostname)
    writer.append(#","kdf":"scrypt","N":"#)
    writer.append(Array("\(parameters.n)".utf8))
    writer.append(#","r":"#)
    writer.append(Array("\(parameters.r)".utf8))
    writer.append(#","p":"#)
    writer.append(Array("\(parameters.p)".utf8))
    writer.append(#","salt":"#)
    writer.append(base64: salt)
    writer.append(#","data":"#)
    writer.append(base64: data)
    writer.append("}")
    return writer.copied()
  }
}

extension MasterKey {
  /// Reads what a key file has sealed.
  ///
  /// - Throws: ``FormatError`` when it is no master key.
  init(parsing json: [UInt8]) throws(FormatError) {
    self = try json.withBytes { (bytes) throws(FormatError) in
      var reader = JSONReader(bytes, subject: "master key")
      var encrypt: [UInt8] = []
      var k: [UInt8] = []
      var r: [UInt8] = []
      guard try reader.enterObject() else { throw reader.failure("no key") }
      while let key = try reader.nextKey() {
        switch key {
        case "encrypt": encrypt = try reader.base64()
        case "mac":
          guard try reader.enterObject() else { continue }
          while let part = try reader.nextKey() {
            switch part {
            case "k": k = try reader.base64()
            case "r": r = try reader.base64()
            default: try reader.skipValue()
            }
          }
        default: try reader.skipValue()
        }
      }
      try reader.finish()
      return try MasterKey(encrypt: encrypt, macK: k, macR: r)
    }
  }

  /// Returns what a key file seals: JSON.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(#"{"mac":{"k":"#)
    writer.append(base64: macK)
    writer.append(#","r":"#)
    writer.append(base64: macR)
    writer.append(#"},"encrypt":"#)
    writer.append(base64: encrypt)
    writer.append("}")
    return writer.copied()
  }
}
