/// Returns Go's `os.FileMode` for `mode`, a `st_mode`.
package func goFileMode(fromMode mode: UInt32) -> UInt32 { 0 }

/// Returns the permission, set-id and sticky bits of `goMode` as `st_mode` has them.
package func permissions(fromGo goMode: UInt32) -> UInt32 { 0 }

/// Returns what the type bits of `mode`, a `st_mode`, stand for.
package func nodeType(fromMode mode: UInt32) -> NodeType { .irregular }
