import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// One place where a blob is wanted.
private struct Want {
  let pack: Int32
  let blob: Int32
  let file: Int32
  let offset: UInt32
}

/// Blobs that lie close together in one pack and are read at once, with where they go.
struct FetchTask: Sendable {
  /// Reading over a gap is cheaper than a second request.
  static let gapMax = 64 << 10
  static let sizeMax = 4 << 20
  /// A blob that is wanted more often is decoded again, by another thread.
  static let usesMax = 64

  struct Use: Sendable {
    let file: PlannedFile
    let blob: Int
  }

  let pack: PackID
  /// In ascending order of their offsets, with their uses as a range of `uses`.
  var blobs: [(blob: PlannedBlob, uses: Range<Int>)] = []
  var uses: [Use] = []

  var end: Int {
    blobs.last.map { Int($0.blob.location.offset) + Int($0.blob.location.length) } ?? 0
  }

  func takes(_ blob: PlannedBlob) -> Bool {
    guard let first = blobs.first else { return true }
    let start = Int(blob.location.offset)
    return blob.location.pack == pack && start >= end && start - end <= Self.gapMax
      && start + Int(blob.location.length) - Int(first.blob.location.offset) <= Self.sizeMax
  }

  /// The tasks that fetch what is missing of `files`, in the order of the files.
  static func tasks(for files: [PlannedFile]) -> [FetchTask] {
    var numbers: [PackID: Int32] = [:]
    var wants: [Want] = []
    for (fileIndex, file) in files.enumerated() {
      let matching = file.state.withLock { $0.matching }
      for (blobIndex, blob) in file.blobs.enumerated() where matching?[blobIndex] != true {
        let next = Int32(numbers.count)
        let pack = numbers[blob.location.pack, default: next]
        if pack == next { numbers[blob.location.pack] = next }
        wants.append(
          Want(
            pack: pack,
            blob: Int32(blobIndex),
            file: Int32(fileIndex),
            offset: blob.location.offset
          )
        )
      }
    }
    wants.sort { ($0.pack, $0.offset) < ($1.pack, $1.offset) }
    return grouped(wants, files)
  }

  private static func grouped(_ wants: [Want], _ files: [PlannedFile]) -> [FetchTask] {
    var tasks: [FetchTask] = []
    var position = 0
    while position < wants.count {
      let want = wants[position]
      let blob = files[Int(want.file)].blobs[Int(want.blob)]
      var end = position + 1
      while end < wants.count, end - position < usesMax, wants[end].pack == want.pack,
        wants[end].offset == want.offset
      {
        end += 1
      }
      if tasks.last?.takes(blob) != true {
        tasks.append(FetchTask(pack: blob.location.pack))
      }
      let uses = wants[position..<end].map { Use(file: files[Int($0.file)], blob: Int($0.blob)) }
      let last = tasks.count - 1
      let first = tasks[last].uses.count
      tasks[last].uses.append(contentsOf: uses)
      tasks[last].blobs.append((blob, first..<first + uses.count))
      position = end
    }
    return tasks
  }
}
