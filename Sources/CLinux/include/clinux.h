#ifndef CLINUX_H
#define CLINUX_H

/// Linux calls that Swift can't see, one header per topic.
/// Each function returns a result >= 0, or -errno.
#include "clinux_files.h"
#include "clinux_freezing.h"
#include "clinux_btrfs.h"
#include "clinux_changes.h"
#include "clinux_clone.h"
#include "clinux_confined.h"
#include "clinux_fanotify.h"
#include "clinux_guests.h"
#include "clinux_locks.h"
#include "clinux_memory.h"
#include "clinux_mounts.h"
#include "clinux_pipes.h"
#include "clinux_processes.h"
#include "clinux_reading.h"

#endif
