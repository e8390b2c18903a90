#ifndef CLINUX_FREEZING_H
#define CLINUX_FREEZING_H

/// ioctl(2), FIFREEZE and FITHAW, on the file system of any of its files.
int clinux_freeze(int descriptor);
int clinux_thaw(int descriptor);

#endif
