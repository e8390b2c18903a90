import Machine
package import ObjectStorage
package import RepositoryFormat
import Synchronization

/// An opened repository: snapshots of trees of blobs, sealed, in packs, in a store.
///
/// Any thread may use it. What is read is verified: sealed bytes by their tag, files and blobs
/// by their SHA-256.
package final class Repository: Sendable {
  package let store: any ObjectStore
  package let config: ConfigFile
  package let options: RepositoryOptions
  /// The name of the key file that opened it.
  package let keyName: String

  let key: MasterKey
  let index = Mutex<BlobIndex?>(nil)
  /// Blobs stored since the index was loaded, and those on their way.
  let fresh = FreshBlobs()
  let codecs: Pool<Codec>
  /// Whether a lock that was held could not be kept.
  let isLockLost = Atomic(false)
  let lockFileObserver = Mutex<(@Sendable (FilePath?) -> Void)?>(nil)

  init(
    store: any ObjectStore,
    config: ConfigFile,
    key: MasterKey,
    keyName: String,
    options: RepositoryOptions
  ) {
    self.store = store
    self.config = config
    self.key = key
    self.keyName = keyName
    self.options = options
    let level = options.compression
    codecs = Pool { Codec(key: key, level: level) }
  }

  /// The repository's identity: 64 hexadecimal digits.
  package var id: String { config.id.hex }

  /// What seals all of it; whoever has it needs no password.
  package var masterKey: MasterKey { key }

  func failure(_ reason: RepositoryError.Reason, _ cause: (any Error)? = nil) -> RepositoryError {
    RepositoryError(reason, at: store.location, cause: cause)
  }
}
