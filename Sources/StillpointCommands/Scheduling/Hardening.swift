/// What the service may not do.
///
/// Left out, each because a backup needs what it takes away:
///
/// - ProtectSystem, ProtectHome, ReadOnlyPaths, ReadWritePaths, InaccessiblePaths, PrivateTmp,
///   PrivateDevices, PrivateMounts, ProtectKernelTunables, ProtectKernelModules,
///   ProtectKernelLogs, ProtectControlGroups, ProtectProc, ProcSubset, ProtectHostname: each may
///   give the service a mount namespace of its own. It would then back up another tree than
///   people see, with an empty /tmp and a /usr that counts as a file system, and the mount
///   numbers of writers, by which they are found quickly inside the pause, would be unknown to it.
/// - PrivateUsers: capabilities would not count for the machine's file systems.
/// - PrivateNetwork, IPAddressDeny: repositories, databases and password programs on a network.
/// - PrivateIPC: lvm and udev wait for each other with semaphores.
/// - DevicePolicy, DeviceAllow, ProtectClock, which implies it: block devices, /dev/mapper/control
///   and /dev/zfs.
/// - RestrictRealtime: the keeper runs at a real-time priority.
/// - RestrictSUIDSGID: systemd then takes away openat2 as a whole, which views are made with.
/// - SystemCallFilter as a list of what is allowed: a systemd knows only the calls of its time,
///   and ours are newer than many a systemd.
/// - MemoryDenyWriteExecute: password programs are written in languages that compile as they run.
/// - User, DynamicUser: root's capabilities are what it is about.
enum Hardening {
  /// What it keeps of root's powers.
  private static let capabilities = [
    "CAP_SYS_ADMIN",  // Mounting, fanotify, volume snapshots.
    "CAP_SYS_PTRACE",  // Holding writers of every user.
    "CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE",  // Reading everything; repositories of others.
    "CAP_FOWNER", "CAP_CHOWN",  // Leaving access times alone; repositories of others.
    "CAP_KILL",  // Whether the owner of a lock lives.
    "CAP_SYS_RESOURCE", "CAP_IPC_LOCK", "CAP_SYS_NICE",  // The keeper is never in want.
    "CAP_LEASE",  // Proving that a file has no writer.
    "CAP_LINUX_IMMUTABLE",  // Volume snapshots with attributes.
    "CAP_MKNOD",  // lvm makes device nodes itself where udev doesn't.
    "CAP_SYS_MODULE",  // lvcreate loads dm-snapshot, and fails where it can't.
    "CAP_SETUID", "CAP_SETGID",  // Password programs and database tools of other users.
  ]

  /// For a service of the system, which is root.
  static let ofRoot =
    ["CapabilityBoundingSet=" + capabilities.joined(separator: " "), "RestrictNamespaces=~user"]
    + ofAnyone

  /// For a service of any user.
  static let ofAnyone = [
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    // Netlink: udev.
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
    "SystemCallFilter=~@clock @cpu-emulation @obsolete @raw-io @reboot @swap",
    "SystemCallErrorNumber=EPERM",
    "UMask=0077",
  ]
}
