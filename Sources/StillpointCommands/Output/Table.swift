/// A table for people, laid out as restic lays out its own.
struct Table {
  /// Column titles; spaces behind one make the column at least so wide.
  private let titles: [String]
  private var rows: [[[String]]] = []
  /// An empty line between rows, for rows of several lines.
  var separatesRows = false

  init(_ titles: [String]) { self.titles = titles }

  /// Adds a row; a cell may have several lines.
  mutating func add(_ cells: [[String]]) { rows.append(cells) }

  /// The widest line in columns.
  var width: Int { widths.reduce(0, +) + 2 * (titles.count - 1) }

  var lines: [String] {
    let rule = String(repeating: "-", count: width)
    var lines = [line(titles), rule]
    for (number, row) in rows.enumerated() {
      if separatesRows && number > 0 { lines.append("") }
      let height = max(1, row.map(\.count).max() ?? 1)
      for index in 0..<height {
        lines.append(line(row.map { index < $0.count ? $0[index] : "" }))
      }
    }
    return lines + [rule]
  }

  private var widths: [Int] {
    titles.indices.map { column in
      rows.flatMap { $0[column] }.reduce(titles[column].count) { max($0, $1.count) }
    }
  }

  private func line(_ cells: [String]) -> String {
    let padded = zip(cells, widths).map { $0.aligned(left: $1) }.joined(separator: "  ")
    return String(padded.reversed().drop { $0 == " " }.reversed())
  }
}
