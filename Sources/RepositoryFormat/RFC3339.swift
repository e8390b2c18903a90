/// Returns `time` as Go's RFC3339Nano: `2006-01-02T15:04:05.999999999Z07:00`.
///
/// Years before 0 become 0 and years after 9999 become 9999.
package func formatRFC3339Nano(_ time: NodeTime) -> String { "" }

/// Reads a time in RFC 3339; nil for anything else.
package func parseRFC3339(_ text: String) -> NodeTime? { nil }
