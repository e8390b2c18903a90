import Machine
import Planning
import Testing

/// What restic's own tests say of its patterns (`internal/filter/filter_test.go`), and what
/// restic 0.19.1 did.
@Suite struct `Exclude patterns` {
  struct Case: Sendable, CustomTestStringConvertible {
    var pattern: String
    var path: String
    var isMatched: Bool

    init(_ pattern: String, _ path: String, _ isMatched: Bool) {
      self.pattern = pattern
      self.path = path
      self.isMatched = isMatched
    }

    var testDescription: String { "\(pattern) on \(path)" }
  }

  static let single = [
    Case("*.go", "/foo/bar/test.go", true),
    Case("*.c", "/foo/bar/test.go", false),
    Case("*", "/foo/bar/test.go", true),
    Case("**", "/foo/bar/test.go", true),
    Case("foo*", "/foo/bar/test.go", true),
    Case("bar*", "/foo/bar/test.go", true),
    Case("/bar*", "/foo/bar/test.go", false),
    Case("bar/*", "/foo/bar/test.go", true),
    Case("baz/*", "/foo/bar/test.go", false),
    Case("bar/test.go", "/foo/bar/test.go", true),
    Case("bar/*.go", "/foo/bar/test.go", true),
    Case("ba*/*.go", "/foo/bar/test.go", true),
    Case("bb*/*.go", "/foo/bar/test.go", false),
    Case("test.*", "/foo/bar/test.go", true),
    Case("tesT.*", "/foo/bar/test.go", false),
    Case("bar/*", "/foo/bar/baz", true),
    Case("bar", "/foo/bar", true),
    Case("/foo/bar", "/foo/bar", true),
    Case("/foo/bar/", "/foo/bar", true),
    Case("/foo/bar", "/foo/baz", false),
    Case("/foo///bar", "/foo/bar", true),
    Case("/foo/../bar", "/foo/bar", false),
    Case("/foo/../bar", "/bar", true),
    Case("/foo", "/foo/baz", true),
    Case("/foo/", "/foo/baz", true),
    Case("/foo/*", "/foo", false),
    Case("/foo/*", "/foo/baz", true),
    Case("bar", "/foo/bar/baz", true),
    Case("/foo/*test.*", "/foo/bar/test.go", false),
    Case("/foo/*/test.*", "/foo/bar/test.go", true),
    Case("/foo/*/bar/test.*", "/foo/bar/test.go", false),
    Case("/*/*/bar/test.*", "/foo/bar/test.go", false),
    Case("/*/*/bar/test.*", "/foo/bar/baz/test.go", false),
    Case("/*/*/baz/test.*", "/foo/bar/baz/test.go", true),
    Case("/*/foo/bar/test.*", "/foo/bar/test.go", false),
    Case("sdk", "/foo/bar/sdk/test/sdk_foo.go", true),
    Case("sdk/*/cpp/*/*vars*.html", "/usr/lo/sdk/docs/cpp/ref/a00517.html", false),
    Case("foo/**/bar/*.go", "/home/user/foo/work/special/project/bar/test.go", true),
    Case("foo/**/bar/*.go", "/home/user/foo/bar/test.go", true),
    Case("foo/**/bar/*.go", "/x/foo/bar/test.go", true),
    Case("foo/**/bar/*.go", "/home/user/foo/test.c", false),
    Case("foo/**/bar/*.go", "/bar/foo/main.go", false),
    Case("foo/**/bar/*.go", "/foo/bar/main.go", true),
    Case("foo/**/bar/*.go", "/bar/main.go", false),
    Case("foo/**/bar", "/home/user/foo/x/y/bar/main.go", true),
    Case("foo/**/bar/**/x", "/home/user/foo/bar/x", true),
    Case("foo/**/bar/**/x", "/home/user/foo/blaaa/blaz/bar/shared/work/x", true),
    Case("user/**/important*", "/home/user/work/x/y/hidden/x", false),
    Case("user/**/hidden*/**/c", "/home/user/work/x/y/hidden/z/a/b/c", true),
    Case("/**", "/foo", true),
    Case("/foo/**", "/foo", true),
    Case("/", "/foo/bar", true),
    Case("./a/./b", "/x/a/b", true),
    Case("../a", "/x/a", false),
    Case("a?c", "/a\u{e9}c", true),
    Case("a??c", "/a\u{e9}c", false),
    Case("[a-c]x", "/bx", true),
    Case("[^a-c]x", "/bx", false),
    Case("[^a-c]x", "/\u{e9}x", true),
    Case("[\u{e0}-\u{ef}]x", "/\u{e9}x", true),
    Case("[\\]a]x", "/]x", true),
    Case("\\*", "/*", true),
    Case("\\*", "/x", false),
    Case("a*b*c", "/aXbYbZc", true),
    Case("a*b*c", "/aXbYbZ", false),
    Case("*x*", "/aaxaa", true),
    Case("a*", "/a", true),
  ]

  @Test(arguments: single) func `match as restic's`(_ test: Case) throws {
    let list = try PatternList([test.pattern])
    #expect(list.matches(ComponentPath(FilePath(test.path))) == test.isMatched)
  }

  struct ListCase: Sendable, CustomTestStringConvertible {
    var patterns: [String]
    var path: String
    var isMatched: Bool
    var childrenMayMatch: Bool

    init(_ patterns: [String], _ path: String, _ isMatched: Bool, _ childrenMayMatch: Bool) {
      self.patterns = patterns
      self.path = path
      self.isMatched = isMatched
      self.childrenMayMatch = childrenMayMatch
    }

    var testDescription: String { "\(patterns) on \(path)" }
  }

  static let lists = [
    ListCase([], "/foo/bar/test.go", false, false),
    ListCase(["*.go"], "/foo/bar/test.go", true, true),
    ListCase(["*.go"], "/foo/bar", false, true),
    ListCase(["*.go", "*.c"], "/foo/bar/test.go", true, true),
    ListCase(["?", "x"], "/foo/bar/x", true, true),
    ListCase(["/*/*/bar/test.*"], "/foo/bar/test.go", false, false),
    ListCase(["/*/*/bar/test.*"], "/foo/bar/bar", false, true),
    ListCase(["/*/*/bar/test.*", "*.go"], "/foo/bar/test.go", true, true),
    ListCase(["", "*.c"], "/foo/bar/test.go", false, true),
    ListCase(["!**", "*.go"], "/foo/bar/test.go", true, true),
    ListCase(["!**", "*.c"], "/foo/bar/test.go", false, true),
    ListCase(["/foo/*/test.*", "!*.c"], "/foo/bar/test.c", false, false),
    ListCase(["/foo/*/test.*", "!*.c"], "/foo/bar/test.go", true, true),
    ListCase(["/foo/*/*", "!test.*", "*.c"], "/foo/bar/test.go", false, true),
    ListCase(["/foo/*/*", "!test.*", "*.c"], "/foo/bar/test.c", true, true),
    ListCase(["/foo/*/*", "!test.*", "*.c"], "/foo/bar/file.go", true, true),
    ListCase(["/**/*", "!/foo", "/foo/*", "!/foo/bar"], "/foo/other/test.go", true, true),
    ListCase(["/**/*", "!/foo", "/foo/*", "!/foo/bar"], "/foo/bar", false, false),
    ListCase(["/**/*", "!/foo", "/foo/*", "!/foo/bar"], "/foo/bar/test.go/child", false, false),
    ListCase(
      ["/**/*", "!/foo", "/foo/*", "!/foo/bar", "/foo/bar/test*"],
      "/foo/bar/test.go/child",
      true,
      true
    ),
    ListCase(["/foo/bar/*"], "/foo", false, true),
    ListCase(["/foo/bar/*", "!/foo/bar/[a-m]*"], "/foo", false, true),
    ListCase(["/foo/**/test.c"], "/foo/bar/foo/bar/test.c", true, true),
    ListCase(["/foo/*/test.c"], "/foo/bar/foo/bar/test.c", false, false),
    ListCase(["/foo/*/qux"], "/foo/bar/boo", false, false),
    ListCase(["/baz/bar"], "/foo", false, false),
  ]

  @Test(arguments: lists) func `are read in order, as restic does`(_ test: ListCase) throws {
    let list = try PatternList(test.patterns)
    let path = ComponentPath(FilePath(test.path))
    #expect(list.matches(path) == test.isMatched)
    let answer = list.match(path)
    #expect(answer.isMatched == test.isMatched)
    #expect(answer.childrenMayMatch == test.childrenMayMatch)
  }

  @Test func `that are malformed are all named`() {
    let error = #expect(throws: InvalidPatterns.self) {
      try PatternList(["ok", "[a", "x/[]y]", "a\\"])
    }
    #expect(error?.patterns == ["[a", "x/[]y]", "a\\"])
  }

  @Test func `can ignore case`() throws {
    let list = try PatternList(["*.JPG", "\u{c4}b"], ignoringCase: true)
    #expect(list.matches(ComponentPath("/x/a.jpg", foldsCase: true)))
    #expect(list.matches(ComponentPath("/X/A.Jpg", foldsCase: true)))
    #expect(list.matches(ComponentPath("/\u{e4}B", foldsCase: true)))
    #expect(!list.matches(ComponentPath("/x/a.jpeg", foldsCase: true)))
  }

  @Test func `see paths that a walk changes step by step`() throws {
    let list = try PatternList(["/a/*.o"])
    var path = ComponentPath()
    func down(_ name: String) { Array(name.utf8).withUnsafeBytes { path.append($0) } }
    down("a")
    down("b.o")
    #expect(list.matches(path))
    path.removeLast()
    down("b.c")
    #expect(!list.matches(path))
    #expect(path.filePath == "/a/b.c")
    path.removeLast()
    path.removeLast()
    #expect(path.filePath == "/")
  }

  @Test func `names that are not UTF-8 match by their bytes`() throws {
    let list = try PatternList(["a?b"])
    var path = ComponentPath(foldsCase: true)
    ([0x61, 0xff, 0x62] as [UInt8]).withUnsafeBytes { path.append($0) }
    #expect(list.matches(path))
  }
}

@Suite struct `An exclude file` {
  @Test func `is read line by line, with variables`() {
    let text = "# comment\n\n  *.o  \n$HOME/x\n${A}y\n$$z\r\n$5.00\na$\n${}b\n${Ac\n"
    let found = patterns(inFile: text) { ["HOME": "/root", "A": "aa"][$0] }
    #expect(found == ["*.o", "/root/x", "aay", "$z", ".00", "a$", "b", "Ac"])
  }

  static let sizes: [(String, UInt64?)] = [
    ("10", 10), ("1k", 1024), ("2K", 2048), ("3m", 3 << 20), ("1G", 1 << 30), ("1t", 1 << 40),
    ("7b", 7), ("", nil), ("k", nil), ("-1", nil), ("1x", nil), ("99999999999T", nil),
  ]

  @Test(arguments: sizes) func `sizes have units`(_ text: String, _ size: UInt64?) {
    #expect(parseByteCount(text) == size)
  }

  @Test func `markers have a name and perhaps a header`() {
    #expect(
      ExclusionMarker(parsing: ".nobackup")
        == ExclusionMarker(name: FileName(".nobackup"), header: [])
    )
    #expect(
      ExclusionMarker(parsing: "TAG:a:b")
        == ExclusionMarker(name: FileName("TAG"), header: Array("a:b".utf8))
    )
    #expect(ExclusionMarker(parsing: ":x") == nil)
    #expect(ExclusionMarker(parsing: "") == nil)
  }
}
