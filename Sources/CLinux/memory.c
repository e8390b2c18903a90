#include "clinux_memory.h"

#include <errno.h>
#include <malloc.h>

int clinux_give_back_from(int size) { return mallopt(M_MMAP_THRESHOLD, size) == 1 ? 0 : -EINVAL; }
