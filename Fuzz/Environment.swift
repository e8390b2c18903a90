import Glibc

func parserName() -> String { getenv("STILLPOINT_PARSER").map { String(cString: $0) } ?? "" }
