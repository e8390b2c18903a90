/// `st_dev` or `st_rdev` of its two parts, as the kernel's tables show them.
///
/// The corresponding C function is `makedev`.
package func deviceNumber(major: UInt32, minor: UInt32) -> UInt64 {
  let major = UInt64(major)
  let minor = UInt64(minor)
  return (major & ~0xfff) << 32 | (major & 0xfff) << 8 | (minor & ~0xff) << 12 | minor & 0xff
}
