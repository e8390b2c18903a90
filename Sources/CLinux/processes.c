#include "clinux_processes.h"
