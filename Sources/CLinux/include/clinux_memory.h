#ifndef CLINUX_MEMORY_H
#define CLINUX_MEMORY_H

/// mallopt(M_MMAP_THRESHOLD): blocks from `size` bytes on go back to the kernel when they are freed.
int clinux_give_back_from(int size);

#endif
