import CLinux

/// Has large blocks of memory go back to the kernel as soon as they are freed.
///
/// Left to itself, malloc learns from the first large block that such blocks are usual, and keeps
/// them and the holes between them. The corresponding C function is `mallopt`.
package func giveBackLargeAllocations() { _ = clinux_give_back_from(1 << 20) }
