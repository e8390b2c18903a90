import Testing

@Suite struct `The shape of the code` {
  @Test func `no file is longer than 400 lines`() throws {
    let files = try SourceTree.files(in: "Sources") + SourceTree.files(in: "Tests")
    let long = files.filter { $0.lines.count > 400 }
    #expect(long.map { "\($0.path): \($0.lines.count) lines" } == [])
  }

  @Test func `no function is longer than 70 lines`() throws {
    let long = try SourceTree.files(in: "Sources").flatMap { source in
      functions(in: source.lines).filter { $0.length > 70 }
        .map { "\(source.path):\($0.start) \($0.length) lines" }
    }
    #expect(long == [])
  }

  @Test func `nothing is left for later`() throws {
    // Assembled, so that this file is no finding of its own.
    let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    let found = try SourceTree.files(in: "Sources").flatMap { source in
      source.lines.enumerated().filter { line in
        line.element.split { !$0.isLetter }.contains { marks.contains(String($0)) }
      }
      .map { "\(source.path):\($0.offset + 1)" }
    }
    #expect(found == [])
  }

  @Test func `every test file holds a test`() throws {
    let empty = try SourceTree.files(in: "Tests").filter { source in
      source.path.hasSuffix("Tests.swift")
        && !source.lines.contains { $0.contains("@Test") }
    }
    #expect(empty.map(\.path) == [])
  }

  /// Functions by indentation: from the line of `func` to the line that closes its brace.
  private func functions(in lines: [Substring]) -> [(start: Int, length: Int)] {
    var found: [(start: Int, length: Int)] = []
    for (number, line) in lines.enumerated() {
      guard line.firstMatch(of: /^ *(?:[a-z@()]+ )*(?:func|init)\b/) != nil else { continue }
      let indentation = line.prefix { $0 == " " }.count
      let closing = String(repeating: " ", count: indentation) + "}"
      // A requirement of a protocol has no body.
      let signature = lines[number...].prefix { !$0.isEmpty && !$0.hasSuffix("{") }
      guard lines[signature.endIndex].hasSuffix("{"),
        !signature.dropFirst().contains(where: { $0.contains("func ") }),
        let end = lines[number...].firstIndex(where: { $0 == closing })
      else { continue }
      found.append((number + 1, end - number + 1))
    }
    return found
  }
}
