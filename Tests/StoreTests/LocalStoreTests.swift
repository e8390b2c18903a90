import Machine
import ObjectStorage
import TestSupport
import Testing

@Suite struct `A local store` {
  @Test func `has restic's folders and modes`() throws {
    try withStore { store, path in
      try store.put(object(0xab12), [1])
      #expect(try LocalFiles.names(in: path.appending("data")).count == 256)
      for folder in ["", "data", "data/00", "data/ff", "index", "keys", "locks", "snapshots"] {
        #expect(try mode(path.appending(folder)) == 0o40700)
      }
      let file = path.appending("data/ab").appending(object(0xab12).name)
      #expect(try mode(file) == 0o100400)
      #expect(store.localPath(of: object(0xab12)) == file)
    }
  }

  @Test func `lets the group read and write where the config does`() throws {
    try withStore { store, path in
      let config = ObjectName(kind: "config", name: "")
      try store.put(config, [1])
      try LocalFiles.setMode(path.appending("config"), 0o640)
      let again = LocalStore(path: path)
      try again.put(object(1, "index"), [1])
      #expect(try mode(path.appending("index").appending(object(1).name)) == 0o100440)
    }
  }

  @Test func `ignores names that are not ids`() throws {
    try withStore { store, path in
      for name in ["index/x", "index/\(object(1).name)-tmp-1", "data/stray", "data/00/y"] {
        try LocalFiles.replace(path.appending(name), with: [1])
      }
      try LocalFiles.replace(path.appending("index/" + object(1).name.uppercased() + "A"), with: [])
      #expect(try store.list("index").isEmpty)
      #expect(try store.list("data").isEmpty)
    }
  }

  @Test func `makes a data folder that is missing`() throws {
    try withStore { store, path in
      let folder = path.appending("data/00")
      try SystemCommandRunner().run(Command("rmdir", folder.string))
      try store.put(object(1), [1])
      #expect(try store.get(object(1)) == [1])
      #expect(try mode(folder) == 0o40700)
    }
  }

  @Test func `doesn't make the repository's folder when it is gone`() throws {
    try withTemporaryDirectory { directory in
      let store = LocalStore(path: directory.appending("unmounted"))
      #expect(reason { try store.put(object(1), [1]) } == .missing)
      #expect(reason { try store.stage("data") } == .missing)
      let names = try LocalFiles.names(in: directory)
      #expect(names.isEmpty)
    }
  }

  @Test func `leaves no temporary file behind`() throws {
    try withStore { store, path in
      let staged = try store.stage("data")
      staged.discard()
      var lost: (any StagedObject)? = try store.stage("data")
      #expect(lost?.size == 0)
      lost = nil
      // Also where the name is taken already.
      for _ in 0..<2 { try store.put(object(1), [1]) }
      #expect(try LocalFiles.names(in: path.appending("data/00")).count == 1)
      #expect(try LocalFiles.names(in: path.appending("data")).count == 256)
    }
  }

  @Test(.requiresRoot)
  func `says that the disk is full, and cleans up`() throws {
    try withTemporaryDirectory { directory in
      let run = SystemCommandRunner()
      let options = "size=2m,nr_inodes=1000"
      try run.run(Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.string))
      try releasing {
        let store = LocalStore(path: directory)
        try store.prepare()
        let large = [UInt8](repeating: 1, count: 4 << 20)
        #expect(reason { try store.put(object(1), large) } == .noSpace)
        let staged = try store.stage("data")
        #expect(reason { try large.withUnsafeBytes { try staged.append([$0]) } } == .noSpace)
        staged.discard()
        try store.put(object(2), [UInt8](repeating: 2, count: 1 << 20))
        #expect(try store.list("data").map(\.name) == [object(2)])
        #expect(try LocalFiles.names(in: directory.appending("data")).count == 256)
        #expect(try LocalFiles.names(in: directory.appending("data/00")).count == 1)
      } release: {
        try unmount(directory)
      }
    }
  }

  private func withStore(_ body: (LocalStore, FilePath) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("r")
      let store = LocalStore(path: path)
      try store.prepare()
      try body(store, path)
    }
  }

  private func mode(_ path: FilePath) throws -> UInt32 { try fileMetadata(of: path).mode }
}

@Suite struct `The location of a repository` {
  @Test(arguments: [
    ("/srv/backup", "/srv/backup"), ("local:/srv/backup", "/srv/backup"), ("backup", "backup"),
    ("local:b:c", "b:c"), ("./a:b", "./a:b"),
  ])
  func `is a path`(_ text: String, _ path: String) throws {
    #expect(try StoreLocation(parsing: text).path == FilePath(path))
  }

  @Test(arguments: ["s3:host/bucket", "rest:http://host/", "sftp:user@host:/x", "b2:bucket"])
  func `may be of a kind that isn't supported`(_ text: String) throws {
    let error = #expect(throws: StoreLocationError.self) { try StoreLocation(parsing: text) }
    #expect(error?.description.contains("not supported") == true)
  }

  @Test func `must not be empty or of an unknown kind`() {
    let empty = #expect(throws: StoreLocationError.self) {
      try StoreLocation(parsing: "")
    }
    let unknown = #expect(throws: StoreLocationError.self) {
      try StoreLocation(parsing: "x:y")
    }
    #expect(empty?.reason == .empty)
    #expect(unknown?.reason == .unknown)
  }
}
