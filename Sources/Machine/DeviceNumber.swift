/// `st_dev` or `st_rdev` of its two parts, as the kernel's tables show them.
///
/// The corresponding C function is `makedev`.
package func deviceNumber(major: UInt32, minor: UInt32) -> UInt64 {
  let major = UInt64(major)
  let minor = UInt64(minor)
  return (major & ~0xfff) << 32 | (major & 0xfff) << 8 | (minor & ~0xff) << 12 | minor & 0xff
}

/// The two parts of a device number as the kernel's tables show them: `MAJOR:MINOR`.
///
/// The corresponding C functions are `major` and `minor`.
package func deviceText(_ device: UInt64) -> String {
  let major = device >> 8 & 0xfff | device >> 32 & 0xffff_f000
  let minor = device & 0xff | device >> 12 & 0xffff_ff00
  return "\(major):\(minor)"
}
