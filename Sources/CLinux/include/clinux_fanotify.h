#ifndef CLINUX_FANOTIFY_H
#define CLINUX_FANOTIFY_H

#endif
