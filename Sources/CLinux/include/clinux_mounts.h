#ifndef CLINUX_MOUNTS_H
#define CLINUX_MOUNTS_H

#endif
