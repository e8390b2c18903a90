import Foundation
package import Machine

/// Chromium without a window, that goes from page to page of a server on loopback until it is ended.
package final class Browser {
  package let profile: FilePath
  private let notes: FilePath
  private let server: RunningProgram
  private var chromium: RunningProgram?

  /// Starts the server; the browser isn't started yet.
  ///
  /// - Parameters:
  ///   - profile: The folder of its profile.
  ///   - folder: For what the test and the server tell each other.
  /// - Throws: ``ServerError``.
  package init(_ profile: FilePath, notesIn folder: FilePath) throws {
    self.profile = profile
    notes = folder.appending("pages-\(UUID().uuidString)")
    server = try Program("/usr/bin/python3").start(["-c", Self.script, notes.string])
    let notes = notes
    guard server.becomesReady({ Self.number(in: notes, at: 0) != nil }) else {
      throw ServerError("the pages aren't served")
    }
  }

  deinit {
    stop()
    kill(server.processID, SIGKILL)
    _ = server.wait()
  }

  private static func number(in notes: FilePath, at place: Int) -> Int? {
    let words = ((try? String(contentsOfFile: notes.string, encoding: .utf8)) ?? "")
      .split(separator: " ")
    return words.count == 3 ? Int(words[place]) : nil
  }

  private var port: Int { Self.number(in: notes, at: 0) ?? 0 }
  /// How many pages it has seen.
  package var pageCount: Int { Self.number(in: notes, at: 1) ?? 0 }

  private func arguments(_ profile: FilePath, _ words: String...) -> [String] {
    [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--no-first-run", "--user-data-dir=\(profile)",
    ] + words
  }

  private func chromiumPath() throws -> FilePath {
    guard let path = findTool("chromium") else { throw ServerError("chromium isn't installed") }
    return path
  }

  /// Begins to go from page to page.
  package func start() throws {
    // A browser says much; nobody reads it.
    let words = arguments(profile, "--remote-debugging-port=0", "http://127.0.0.1:\(port)/1")
    let command = ["-c", "exec \"$@\" > /dev/null 2>&1", "sh", try chromiumPath().string] + words
    let chromium = try Program("/bin/sh").start(command)
    self.chromium = chromium
    guard chromium.becomesReady({ pageCount > 20 }) else {
      throw ServerError("the browser shows nothing")
    }
  }

  /// Whether it goes on to other pages.
  package func isBusy() -> Bool {
    let before = pageCount
    _ = StopSignal().wait(for: .seconds(3))
    return chromium?.isRunning == true && pageCount > before
  }

  /// Ends it in the middle of whatever it does.
  package func stop() {
    guard let chromium else { return }
    kill(chromium.processID, SIGKILL)
    _ = chromium.wait()
    self.chromium = nil
  }

  /// What is wrong in a copy of the profile: databases, and whether a browser starts with it.
  package func violations(in copy: FilePath) throws -> [String] {
    let databases = try Program("/usr/bin/python3").succeed("-c", Self.check, copy.string)
    let outcome = try Program("/usr/bin/timeout").run(
      arguments: ["60", try chromiumPath().string]
        + arguments(copy, "--dump-dom", "http://127.0.0.1:\(port)/shown")
    )
    let isShown = outcome.status == 0 && outcome.output.contains("visits: ")
    return databases.split(separator: "\n").map(String.init)
      + (isShown ? [] : ["the browser doesn't start: \(outcome)"])
  }

  private static let script = """
    import http.server, os, signal, sys
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    PAGE = b'''<!doctype html><title>page</title><p id=p></p><script>
    const number = +location.pathname.slice(1) || 0;
    const isLast = location.pathname == "/shown";
    document.getElementById("p").textContent = "visits: " + localStorage.number;
    if (!isLast) {
      document.cookie = "c" + number % 50 + "=" + number + ";max-age=999999";
      localStorage.number = number;
      const opened = indexedDB.open("pages", 1);
      opened.onupgradeneeded = () => opened.result.createObjectStore("page");
      opened.onsuccess = () => {
        const change = opened.result.transaction("page", "readwrite");
        change.objectStore("page").put("x".repeat(5000), number % 100);
        change.oncomplete = () => setTimeout(() => location = "/" + (number + 1), 10);
      };
    }
    </script>'''

    class Pages(http.server.BaseHTTPRequestHandler):
        count = 0
        def do_GET(self):
            if self.path != "/favicon.ico":
                Pages.count += 1
                note()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    def note():
        with open(sys.argv[1] + ".new", "w") as file:
            file.write(f"{server.server_port} {Pages.count} .")
        os.replace(sys.argv[1] + ".new", sys.argv[1])
    note()
    server.serve_forever()
    """

  private static let check = """
    import os, sqlite3, sys
    count = 0
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as file:
                if file.read(16) != b"SQLite format 3\\0":
                    continue
            count += 1
            verdict = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall()
            if verdict != [("ok",)]:
                print(path, verdict[:3])
    if count < 5:
        print("only", count, "databases")
    """
}
