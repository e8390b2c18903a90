import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite(.enabled("needs restic") { Program.restic != nil })
struct `The real restic` {
  @Test(arguments: [1, 2], [CompressionLevel.auto, .off])
  func `finds nothing wrong with what we store`(
    _ version: Int,
    _ compression: CompressionLevel
  ) throws {
    try withRepository(version: version, compression: compression) { repository, restic, path in
      var files: [(name: String, content: [UInt8])] = []
      for number in 10..<40 {
        let content = noise(number * 40_000, seed: number)
        files.append(("f\(number)", number % 2 == 0 ? content : prose(90_000, seed: number)))
      }
      files.append(("g0", []))
      files.append(("g1", [UInt8](repeating: 0, count: 8 << 20)))
      let id = try repository.backUp(files)
      let output = try restic.succeed("check", "--read-data")
      #expect(output.contains("no errors were found"))
      // What a killed run of ours leaves in the folder of packs is no matter to restic.
      try LocalFiles.replace(path.appending("r/data/stage-tmp-1"), with: [1])
      try restic.succeed("check", "--read-data")
      let target = path.appending("restored")
      try restic.succeed("restore", id.digest.hex, "--target", target.string)
      for file in files {
        #expect(try LocalFiles.read(target.appending(file.name)) == file.content)
      }
    }
  }

  @Test func `respects our lock, and its unlock doesn't end us`() throws {
    try withRepository { repository, restic, _ in
      try repository.backUp([("a", [1])])
      try repository.locked(.exclusive) {
        let outcome = try restic.run("check")
        #expect(outcome.status != 0)
        #expect(outcome.error.contains("locked"))
        try restic.succeed("unlock")
        #expect(try repository.names(of: .lock).count == 1)
      }
      try restic.succeed("check")
    }
  }

  @Test func `goes on with what we stored, and we with what it stored`() throws {
    try withRepository { repository, restic, path in
      try repository.backUp([("a", prose(100_000, seed: 1))])
      let source = path.appending("source")
      try LocalFiles.makeDirectory(source)
      try LocalFiles.replace(source.appending("a"), with: prose(100_000, seed: 1))
      try LocalFiles.replace(source.appending("b"), with: noise(3_000_000, seed: 2))
      try restic.succeed("backup", source.string)
      #expect(try problems(in: repository.store) == [])
      let later = try Repository.openForTesting(repository.store)
      #expect(try later.snapshots().count == 2)
      let known = try later.uploading { saver in try saver.save(prose(100_000, seed: 1)) }
      #expect(!known.isNew)
    }
  }

  private func withRepository(
    version: Int = 2,
    compression: CompressionLevel = .auto,
    _ body: (Repository, Program, FilePath) throws -> Void
  ) throws {
    guard var restic = Program.restic else { return }
    try withTemporaryDirectory { directory in
      var options = RepositoryOptions.forTesting
      options.compression = compression
      let store = LocalStore(path: directory.appending("r"))
      let repository = try Repository.forTesting(in: store, version: version, options: options)
      restic.environment = [
        "RESTIC_REPOSITORY": store.path.string, "RESTIC_PASSWORD": "test",
        "RESTIC_CACHE_DIR": directory.appending("cache").string,
      ]
      try body(repository, restic, directory)
    }
  }
}
