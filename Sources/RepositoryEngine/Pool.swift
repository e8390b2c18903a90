import Synchronization

/// Things that are costly to make and used by one thread at a time.
final class Pool<Element: Sendable>: Sendable {
  private let idle = Mutex<[Element]>([])
  private let make: @Sendable () -> Element

  init(_ make: @escaping @Sendable () -> Element) { self.make = make }

  /// Runs `body` with an element that nobody else has meanwhile.
  func with<Value>(_ body: (Element) throws -> Value) rethrows -> Value {
    let element = idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { $0.append(element) } }
    return try body(element)
  }

  /// Takes out all elements that nobody uses at the moment.
  func drain() -> [Element] {
    idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
  }
}
