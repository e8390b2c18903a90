import Synchronization

/// Values that are costly to load, the ones used last; each is loaded by one thread.
final class LoadingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private final class Slot: Sendable {
    let value = Mutex<Value?>(nil)
  }

  private struct Entry {
    var slot: Slot
    var used: UInt64
    var cost = 0
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var clock: UInt64 = 0
    var cost = 0
  }

  private let state = Mutex(State())
  private let costMax: Int
  private let cost: @Sendable (Value) -> Int

  /// Keeps values whose costs add up to `costMax` at most, or one that is larger.
  init(costMax: Int, cost: @escaping @Sendable (Value) -> Int) {
    self.costMax = costMax
    self.cost = cost
  }

  /// The value for `key`, loaded unless it is here.
  ///
  /// - Throws: What `load` throws; then nothing is kept.
  func value(for key: Key, load: () throws -> Value) throws -> Value {
    let slot = state.withLock { state in
      state.clock += 1
      let slot = state.entries[key]?.slot ?? Slot()
      state.entries[key, default: Entry(slot: slot, used: 0)].used = state.clock
      return slot
    }
    return try slot.value.withLock { held in
      if let value = held { return value }
      do {
        let value = try load()
        held = value
        keep(key, cost(value))
        return value
      } catch {
        state.withLock { _ = $0.entries.removeValue(forKey: key) }
        throw error
      }
    }
  }

  private func keep(_ key: Key, _ cost: Int) {
    state.withLock { state in
      guard state.entries[key] != nil else { return }
      state.entries[key]?.cost = cost
      state.cost += cost
      guard state.cost > costMax else { return }
      // Some more than needed, so that this happens seldom.
      let oldest = state.entries.filter { $0.key != key && $0.value.cost > 0 }
        .sorted { $0.value.used < $1.value.used }
      for (key, entry) in oldest {
        if state.cost <= costMax * 3 / 4 { return }
        state.cost -= entry.cost
        state.entries.removeValue(forKey: key)
      }
    }
  }
}
