import RepositoryFormat
import Testing

@Suite struct `Snapshot files` {
  static let id = sha256([1]).hex
  static let minimal =
    #"{"time":"2026-11-21T01:48:17.5+01:00","tree":"\#(id)","paths":["/srv","/é\u003c"]}"#

  static func parsed(_ text: String) throws -> SnapshotFile {
    try SnapshotFile(parsing: Array(text.utf8))
  }

  static func text(_ file: SnapshotFile) -> String {
    String(decoding: file.encoded(), as: UTF8.self)
  }

  @Test func `are read and written`() throws {
    let file = try Self.parsed(Self.minimal)
    #expect(
      file.time == NodeTime(seconds: 1_795_222_097, nanoseconds: 500_000_000, utcOffset: 3600)
    )
    #expect(file.tree == BlobID(sha256([1])))
    #expect(file.paths == [Array("/srv".utf8), Array("/é<".utf8)])
    #expect(Self.text(file) == Self.minimal)
  }

  static var everything: SnapshotFile {
    let time = NodeTime(seconds: 1_795_222_097, nanoseconds: 1)
    var file = SnapshotFile(time: time, tree: BlobID(sha256([1])), paths: [[0x2f]])
    file.parent = SnapshotID(sha256([2]))
    file.hostname = "vm"
    file.username = "root"
    file.userID = 1000
    file.groupID = 100
    file.excludes = ["*.o", "a\"b"]
    file.tags = ["one", "two"]
    file.original = SnapshotID(sha256([3]))
    file.programVersion = "stillpoint 0.1"
    var summary = SnapshotSummary(backupStart: time, backupEnd: time)
    summary.filesNew = 1
    summary.totalBytesProcessed = .max
    file.summary = summary
    var record = StillpointRecord(grade: "instant")
    record.instant = time
    record.pauseMilliseconds = 37.25
    record.skewNanoseconds = 0
    record.volumes = [.init(path: [0x2f], mechanism: "btrfs", identity: "uuid")]
    record.volumes[0].volumeSnapshot = "another"
    record.volumes[0].transaction = 7
    record.volumes[0].isDistrusted = true
    record.walk = .init(fingerprint: "f", tree: "t", quickWalks: 3, users: [0, .max], groups: [])
    record.applications = [
      .init(kind: "SQLite", path: [0x2f, 0xff], heldMilliseconds: 12.5, reason: ""),
      .init(kind: "SQLite", path: [0x2f, 0x61], heldMilliseconds: nil, reason: "locked"),
    ]
    record.belowGrade = [.init(path: [0x2f, 0xff], grade: "none", reason: "kept changing")]
    record.verdicts = [
      .init(kind: "sqlite", path: [0x2f, 0xff], verdict: "damaged", message: "page 3")
    ]
    file.stillpoint = record
    file.unknown = [JSONMember(name: "label", value: Array(#"{"a":[1,null]}"#.utf8))]
    return file
  }

  @Test func `keep every member`() throws {
    let file = Self.everything
    #expect(try SnapshotFile(parsing: file.encoded()) == file)
    let keys = Self.text(file)
    let order = [
      "time", "parent", "tree", "paths", "hostname", "username", "uid", "gid", "excludes", "tags",
      "original", "program_version", "summary", "stillpoint", "label",
    ]
    let places = order.compactMap { keys.firstRange(of: "\"\($0)\":")?.lowerBound }
    #expect(places.count == order.count)
    #expect(places == places.sorted())
  }

  @Test func `keep what we don't know`() throws {
    let extra = #""label":"a\/b","delete":{"x":[1,-2.5e3,"}"]},"description":null"#
    let text = Self.minimal.dropLast() + "," + extra + "}"
    #expect(Self.text(try Self.parsed(text)) == text)
  }

  @Test func `keep what we don't know of the record and the summary`() throws {
    let epoch = "1970-01-01T00:00:00Z"
    let record =
      #""stillpoint":{"grade":"volume","volumes":[{"path":"/","mechanism":"zfs","#
      + #""identity":"g","guid":1}],"below_grade":[],"below_grade_total":12000,"later":[{"ok":true}]}"#
    let counts = [
      "files_new", "files_changed", "files_unmodified", "dirs_new", "dirs_changed",
      "dirs_unmodified", "data_blobs", "tree_blobs", "data_added", "data_added_packed",
      "total_files_processed", "total_bytes_processed",
    ].map { "\"\($0)\":3" }.joined(separator: ",")
    let summary =
      #""summary":{"backup_start":"\#(epoch)","backup_end":"\#(epoch)",\#(counts),"more":"x"}"#
    let text = Self.minimal.dropLast() + "," + summary + "," + record + "}"
    #expect(Self.text(try Self.parsed(text)) == text)
  }

  @Test(
    arguments: [
      (#"null"#, nil), (#""text""#, nil), (#"[1]"#, nil), (#"{}"#, ""), (#"{"grade":7}"#, ""),
      (#"{"grade":"file","pause_ms":"x","skew_ns":-1,"volumes":7,"below_grade":[7]}"#, "file"),
      (#"{"grade":"file","walk":{"quick_walks":-1},"volumes":[{"transaction":"x"}]}"#, "file"),
      (#"{"instant":"never","grade":"none","volumes":[{"path":{}}]}"#, "none"),
    ] as [(String, String?)]
  )
  func `with a strange record are read all the same`(record: String, grade: String?) throws {
    let file = try Self.parsed(Self.minimal.dropLast() + #","stillpoint":\#(record)}"#)
    #expect(file.stillpoint?.grade == grade)
    #expect(file.paths.count == 2)
    #expect(try SnapshotFile(parsing: file.encoded()).stillpoint?.grade == grade)
  }

  @Test func `tell the instant as a time or in nanoseconds`() throws {
    let values: [(String, NodeTime)] = [
      ("1500000000123456789", NodeTime(seconds: 1_500_000_000, nanoseconds: 123_456_789)),
      ("-1", NodeTime(seconds: -1, nanoseconds: 999_999_999)),
      (#""1970-01-01T00:00:01.5Z""#, NodeTime(seconds: 1, nanoseconds: 500_000_000)),
    ]
    for (text, expected) in values {
      let file = try Self.parsed(Self.minimal.dropLast() + #","stillpoint":{"instant":\#(text)}}"#)
      #expect(file.stillpoint?.instant == expected)
    }
  }

  @Test(arguments: [
    "", "{}", "[]", "null", "{", minimal + "x", minimal.replacing("\"tree\"", with: "\"Tree\""),
    minimal.replacing("2026", with: "x026"), minimal.replacing("\"/srv\"", with: "1"),
    minimal.replacing("\"tree\":\"4", with: "\"tree\":\"G"), String(minimal.dropLast()),
  ])
  func `that are none are an error`(text: String) {
    #expect(throws: FormatError.self) { try Self.parsed(text) }
  }
}

@Suite struct `Lock files` {
  static let text =
    #"{"time":"2026-11-21T01:52:24.271754158Z","exclusive":false,"hostname":"vm","#
    + #""username":"root","pid":10757}"#

  @Test func `are written as restic writes them`() throws {
    let lock = try LockFile(parsing: Array(Self.text.utf8))
    #expect(lock.hostname == "vm")
    #expect(lock.pid == 10757)
    #expect(!lock.exclusive)
    #expect(lock.encoded() == Array(Self.text.utf8))
    let other = LockFile(
      time: lock.time,
      exclusive: true,
      hostname: "b",
      username: "",
      pid: 1,
      userID: 5,
      groupID: 6
    )
    #expect(try LockFile(parsing: other.encoded()) == other)
  }

  @Test(arguments: ["", "{}", #"{"time":1}"#, text + "}", text.replacing("false", with: "fals")])
  func `that are none are an error`(text: String) {
    #expect(throws: FormatError.self) { try LockFile(parsing: Array(text.utf8)) }
  }
}
