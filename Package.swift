// swift-tools-version: 6.2
import PackageDescription

// Read this file top to bottom: it is the architecture. A target may depend only on
// targets above it; Tests/TidyTests holds the same table and checks the imports.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser",
  package: "swift-argument-parser"
)

func step(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies + [system], swiftSettings: settings)
}

let withFixtures: Set = [
  "ArchivingTests", "RepositoryFormatTests", "CommandTests", "CompatibilityTests", "TortureTests",
]

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name,
    dependencies: dependencies + ["Machine", "TestSupport", system],
    resources: withFixtures.contains(name) ? [.copy("Fixtures")] : [],
    swiftSettings: settings
  )
}

let package = Package(
  name: "stillpoint",
  products: [.executable(name: "stillpoint", targets: ["stillpoint"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // The operating system, and the C libraries we stand on
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CMount", dependencies: ["CFuse"], cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(
      name: "CArchive",
      pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"])]
    ),
    step(
      "Machine",
      "CLinux",
      .product(name: "DequeModule", package: "swift-collections")
    ),

    // From a live machine to a still one
    step("Planning", "Machine"),
    step("Pausing", "Machine", "Planning"),
    step("Quiescing", "Machine", "Planning"),
    step("Snapshotting", "Machine", "Planning"),
    step("Keeping", "Machine", "Planning", "Pausing", "Quiescing", "Snapshotting"),
    step("Viewing", "Machine", "Planning", "Snapshotting"),
    step("Running", "Machine", "Viewing"),
    step("Proving", "CSQLite", "Machine"),

    // From a still machine to a repository
    .target(
      name: "RepositoryFormat",
      dependencies: ["CCrypto", "CSodium", "CZstd"],
      swiftSettings: settings
    ),
    step("ObjectStorage", "Machine"),
    step("RepositoryEngine", "Machine", "RepositoryFormat", "ObjectStorage"),
    step("Archiving", "Machine", "Planning", "Viewing", "RepositoryFormat", "RepositoryEngine"),
    step("Restoring", "Machine", "Planning", "RepositoryFormat", "RepositoryEngine"),
    step("RepositoryMount", "CMount", "Machine", "RepositoryFormat", "RepositoryEngine"),
    step("Exporting", "CArchive", "Machine", "RepositoryFormat"),

    // All steps in one function, and the faces
    step(
      "BackupFlow",
      "Machine",
      "Planning",
      "Pausing",
      "Quiescing",
      "Snapshotting",
      "Keeping",
      "Viewing",
      "Running",
      "Proving",
      "RepositoryFormat",
      "ObjectStorage",
      "RepositoryEngine",
      "Archiving"
    ),
    step(
      "StillpointCommands",
      "Machine",
      "Planning",
      "Pausing",
      "Quiescing",
      "Snapshotting",
      "Keeping",
      "Viewing",
      "Running",
      "Proving",
      "RepositoryFormat",
      "ObjectStorage",
      "RepositoryEngine",
      "Archiving",
      "Restoring",
      "RepositoryMount",
      "Exporting",
      "BackupFlow",
      arguments
    ),
    .executableTarget(
      name: "stillpoint",
      dependencies: ["StillpointCommands", "Keeping", "Running"],
      swiftSettings: settings,
      // What is tested is what is installed: a program that needs no Swift where it runs.
      linkerSettings: [
        .unsafeFlags(["-static-stdlib", "-use-ld=lld"]),
        // What FoundationEssentials consists of: only a static build names it.
        .linkedLibrary("_FoundationCShims"),
        .linkedLibrary("_FoundationCollections"),
      ]
    ),

    // Tests
    step(
      "TestSupport",
      "Machine",
      "Planning",
      "Snapshotting",
      "RepositoryFormat",
      "ObjectStorage",
      "RepositoryEngine"
    ),
    tests("MachineTests"),
    tests("PlanningTests", "Planning"),
    tests("PausingTests", "Pausing", "Planning", "Keeping"),
    tests("QuiescingTests", "Quiescing", "Planning"),
    tests("SnapshottingTests", "Snapshotting", "Planning", "Viewing", "Keeping"),
    tests("RunningTests", "Running"),
    tests("ProvingTests", "Proving"),
    tests("RepositoryFormatTests", "RepositoryFormat"),
    tests("StoreTests", "ObjectStorage"),
    tests("RepositoryEngineTests", "RepositoryEngine", "RepositoryFormat", "ObjectStorage"),
    tests(
      "ArchivingTests",
      "Archiving",
      "Planning",
      "Snapshotting",
      "Viewing",
      "RepositoryFormat",
      "RepositoryEngine",
      "ObjectStorage"
    ),
    tests(
      "RestoringTests",
      "Restoring",
      "Planning",
      "RepositoryFormat",
      "RepositoryEngine",
      "ObjectStorage"
    ),
    tests("MountTests", "RepositoryMount", "RepositoryFormat", "RepositoryEngine"),
    tests("CommandTests", "StillpointCommands", "RepositoryFormat"),
    tests("CompatibilityTests", "RepositoryFormat", "RepositoryEngine", "ObjectStorage"),
    tests("TortureTests"),
    tests(
      "FaultTests",
      "BackupFlow",
      "Snapshotting",
      "RepositoryEngine",
      "RepositoryFormat",
      "ObjectStorage"
    ),
    .testTarget(name: "TidyTests", swiftSettings: settings),
  ]
)
